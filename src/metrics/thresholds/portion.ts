/** What thresholds take from a stretch of a run: as much of its tally as one of them is about. */
import { Histogram, samplesToSupport } from "../histogram.ts";
import type { Tally } from "../tally.ts";
import { countOf, errorsOf, finishedOf, type OperationTally } from "../operation-tally.ts";
import type { Aggregate, Condition, TimeUnit } from "./threshold-condition.ts";
import type { CountMetric, Metric, TimeMetric } from "./threshold-metric.ts";

/** Of one metric; those of two stretches add up to that of both. */
export interface Portion {
  /** Of a time. */
  readonly times: Histogram;
  /** Of a count. */
  readonly count: number;
  /** How many transactions ended in any way. */
  readonly finished: number;
}

export type MeasuredMetric = Metric & { readonly name: TimeMetric | CountMetric };

export function portionOf(tally: Tally, { name, operation, sqlstate }: MeasuredMetric): Portion {
  const finished = tally.sum(finishedOf, operation);
  switch (name) {
    case "latency":
    case "service":
    case "pool_wait":
      return { times: tally.merged(histogramOf(name), operation), count: 0, finished };
    case "committed":
    case "aborted":
    case "unknown":
    case "retries":
    case "errors": {
      const count = tally.sum(figureOf(name, sqlstate), operation);
      return { times: new Histogram(), count, finished };
    }
  }
}

export function together(portions: readonly Portion[]): Portion {
  const times = new Histogram();
  for (const portion of portions) times.add(portion.times);
  return {
    times,
    count: portions.reduce((sum, { count }) => sum + count, 0),
    finished: portions.reduce((sum, { finished }) => sum + finished, 0),
  };
}

/** `needed`: how many measurements it would take to say. */
export type Reading =
  | { readonly kind: "value"; readonly value: number }
  | { readonly kind: "nothing" }
  | { readonly kind: "too-few"; readonly count: number; readonly needed: number };

export const nothing: Reading = { kind: "nothing" };

/** A portion of a stretch, and what of it came to its end within that length: rates are counted by it. */
export interface Weighed {
  readonly portion: Portion;
  readonly inTimeCount: number;
  readonly lengthMs: number;
}

/** In the unit that the condition is written in. Nothing of a kind is a figure, 0; nothing at all is none. */
export function readingOf(
  weighed: Weighed,
  condition: Condition,
  name: MeasuredMetric["name"],
): Reading {
  const { portion, inTimeCount, lengthMs } = weighed;
  const { aggregate } = condition;
  if (name === "latency" || name === "service" || name === "pool_wait") {
    return timeReading(portion.times, condition);
  }
  if (portion.finished === 0 || lengthMs <= 0) return nothing;
  return valueReading(aggregate.kind === "rate" ? (inTimeCount * 1000) / lengthMs : portion.count);
}

export function valueReading(value: number | null): Reading {
  return value === null ? nothing : { kind: "value", value };
}

const unitUs: Readonly<Record<TimeUnit, number>> = { us: 1, ms: 1000, s: 1_000_000 };

function timeReading(histogram: Histogram, { aggregate, unit }: Condition): Reading {
  const us = aggregateUs(histogram, aggregate);
  if (us !== null) return { kind: "value", value: us / unitUs[unit ?? "ms"] };
  if (aggregate.kind !== "percentile" || histogram.count === 0) return nothing;
  return { kind: "too-few", count: histogram.count, needed: samplesToSupport(aggregate.p) };
}

function aggregateUs(histogram: Histogram, aggregate: Aggregate): number | null {
  switch (aggregate.kind) {
    case "percentile":
      return histogram.supported(aggregate.p);
    case "avg":
      return histogram.mean;
    case "min":
      return histogram.min;
    case "max":
      return histogram.max;
    case "count":
    case "rate":
    case "value":
    case "recovered":
    case "hold":
      throw new TypeError(`${aggregate.kind} of a time`);
  }
}

function histogramOf(name: TimeMetric): (operation: OperationTally) => Histogram {
  switch (name) {
    case "latency":
      return (operation) => operation.latencyToTell();
    case "service":
      return ({ service }) => service;
    case "pool_wait":
      return ({ poolWait }) => poolWait;
  }
}

function figureOf(
  name: CountMetric,
  sqlstate: string | null,
): (operation: OperationTally) => number {
  switch (name) {
    case "committed":
    case "aborted":
    case "unknown":
      return countOf(name);
    case "retries":
      return ({ retries }) => retries;
    case "errors":
      return errorsOf(sqlstate);
  }
}
