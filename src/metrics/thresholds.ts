/**
 * Judges thresholds by measurements. What was not measured never passes: a metric without data is
 * "no-data", a percentile whose sample is too small for it is "unknown".
 */
import type { WindowName } from "../core/window.ts";
import { type Histogram, samplesToSupport } from "./histogram.ts";
import {
  type FaultRecovery,
  type RecoveryReading,
  recoveryReadings,
} from "./recovery-threshold.ts";
import { countOf, errorsOf, finishedOf, type OperationTally, type Tally } from "./tally.ts";
import type {
  Aggregate,
  Condition,
  CountMetric,
  Metric,
  Threshold,
  TimeMetric,
  TimeUnit,
} from "./threshold-text.ts";

/** What was measured in one part of a run. */
export interface Stretch {
  readonly lengthMs: number;
  readonly tally: Tally;
  /** What came to its end within that length: rates are counted by it, and not by late finishers. */
  readonly inTime: Tally;
}

/** All that thresholds can be about. */
export interface Measurements {
  readonly whole: Stretch;
  /** Several of a name where several faults have one; the threshold must then hold in each. */
  readonly windows: readonly (Stretch & { readonly name: WindowName })[];
  /** Of the faults after which there was time to recover. */
  readonly recoveries: readonly FaultRecovery[];
  /** Per committed transaction; null where the server's counters could not be read. */
  readonly deadTuples: number | null;
  readonly walBytes: number | null;
}

/** `not-compared`: measured, but by a run whose latencies only tell how long it was. */
export type Judged = "pass" | "fail" | "no-data" | "unknown" | "not-compared";

export interface ThresholdResult {
  /** The whole of it, such as `latency{operation:read}: p(95) < 200ms`. */
  readonly expression: string;
  /** In `unit`; null where there is nothing to tell. */
  readonly actual: number | null;
  readonly unit: TimeUnit | null;
  readonly ok: boolean;
  readonly judged: Judged;
  /** Why it is not well, as a sentence; empty if it is. */
  readonly problem: string;
  /** In which part of the run it was judged and why, where that is not as it is written; else empty. */
  readonly note: string;
}

/** Where several windows or faults are judged, the gravest result is told. */
export function evaluate(threshold: Threshold, measurements: Measurements): ThresholdResult {
  const { planned, metric, condition } = threshold;
  const expression = `${planned.metric}: ${planned.expression}`;
  const readings = readingsOf(metric, condition, measurements);
  const results = readings.map((reading) => resultOf(expression, condition, reading));
  const gravest = gravity
    .map((judged) => results.find((result) => result.judged === judged))
    .find((result) => result !== undefined);
  return gravest ?? resultOf(expression, condition, nothing);
}

/** The result of a threshold on times in a run that was overloaded. */
export function notCompared({ planned, condition }: Threshold): ThresholdResult {
  const expression = `${planned.metric}: ${planned.expression}`;
  const { unit } = condition;
  return {
    expression,
    actual: null,
    unit,
    ok: false,
    judged: "not-compared",
    problem: "",
    note: "",
  };
}

const gravity: readonly Judged[] = ["fail", "no-data", "unknown", "pass"];

/** `needed`: how many measurements it would take to say. */
type Reading =
  | { readonly kind: "value"; readonly value: number }
  | { readonly kind: "nothing" }
  | { readonly kind: "too-few"; readonly count: number; readonly needed: number }
  | RecoveryReading;

const nothing: Reading = { kind: "nothing" };

function readingsOf(metric: Metric, condition: Condition, measurements: Measurements): Reading[] {
  const { name, window } = metric;
  switch (name) {
    case "dead_tuples":
      return [valueOrNothing(measurements.deadTuples)];
    case "wal_bytes":
      return [valueOrNothing(measurements.walBytes)];
    case "recovery":
      return recoveryReadings(metric, condition, measurements.recoveries);
    case "latency":
    case "service":
    case "pool_wait":
      return stretchesOf(window, measurements).map(({ tally }) =>
        timeReading(tally.merged(histogramOf(name), metric.operation), condition),
      );
    case "committed":
    case "aborted":
    case "unknown":
    case "retries":
    case "errors":
      return stretchesOf(window, measurements).map((stretch) =>
        countReading(stretch, { metric, figure: figureOf(name, metric.sqlstate) }, condition),
      );
  }
}

function stretchesOf(window: WindowName | null, measurements: Measurements): readonly Stretch[] {
  if (window === null) return [measurements.whole];
  return measurements.windows.filter(({ name }) => name === window);
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

const unitUs: Readonly<Record<TimeUnit, number>> = { us: 1, ms: 1000, s: 1_000_000 };

/** In the unit that the condition is written in. */
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
      throw new TypeError(`${aggregate.kind} of a time`);
  }
}

type Figure = (operation: OperationTally) => number;

function figureOf(name: CountMetric, sqlstate: string | null): Figure {
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

/** Nothing of a kind is a figure, 0; nothing at all is none. */
function countReading(
  { tally, inTime, lengthMs }: Stretch,
  { metric, figure }: { readonly metric: Metric; readonly figure: Figure },
  { aggregate }: Condition,
): Reading {
  if (tally.sum(finishedOf, metric.operation) === 0 || lengthMs <= 0) return nothing;
  const value =
    aggregate.kind === "rate"
      ? (inTime.sum(figure, metric.operation) * 1000) / lengthMs
      : tally.sum(figure, metric.operation);
  return { kind: "value", value };
}

function valueOrNothing(value: number | null): Reading {
  return value === null ? nothing : { kind: "value", value };
}

function resultOf(expression: string, condition: Condition, reading: Reading): ThresholdResult {
  const { unit } = condition;
  const common = { expression, unit, note: "" };
  switch (reading.kind) {
    case "nothing": {
      const problem = `${expression}: nothing was measured to judge it by`;
      return { ...common, actual: null, ok: false, judged: "no-data", problem };
    }
    case "too-few": {
      const problem = `${expression} cannot be told from ${reading.count} transactions: it takes ${reading.needed}`;
      return { ...common, actual: null, ok: false, judged: "unknown", problem };
    }
    case "recovery": {
      const { actual, judged } = reading;
      const problem = reading.problem === "" ? "" : expression + reading.problem;
      return { ...common, actual, ok: judged === "pass", judged, problem };
    }
    case "value": {
      const actual = reading.value;
      const ok = holds(actual, condition);
      const problem = ok ? "" : `${expression} does not hold: it was ${shown(actual)}${unit ?? ""}`;
      return { ...common, actual, ok, judged: ok ? "pass" : "fail", problem };
    }
  }
}

function holds(actual: number, { operator, limit }: Condition): boolean {
  switch (operator) {
    case "<":
      return actual < limit;
    case "<=":
      return actual <= limit;
    case ">":
      return actual > limit;
    case ">=":
      return actual >= limit;
    case "==":
      return actual === limit;
    case "!=":
      return actual !== limit;
  }
}

/** To six digits: enough to see by how much a limit was missed. */
function shown(value: number): string {
  return String(Number(value.toPrecision(6)));
}
