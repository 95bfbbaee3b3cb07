/**
 * Judges thresholds by measurements. What was not measured never passes: a metric without data is
 * "no-data", a percentile whose sample is too small for it is "unknown".
 */
import type { WindowName } from "../../core/window.ts";
import { type CheckedInvariant, invariantReadings } from "./invariant-threshold.ts";
import {
  gravity,
  type Judged,
  measuredOutcome,
  type Outcome,
  type PlacedReading,
} from "./measured-threshold.ts";
import {
  type MeasuredMetric,
  nothing,
  portionOf,
  type Reading,
  readingOf,
  valueReading,
} from "./portion.ts";
import {
  type FaultName,
  type FaultRecovery,
  notJudgedNote,
  recoveryReadings,
} from "./recovery-threshold.ts";
import { type Span, spanKey } from "./spans.ts";
import type { Tally } from "../tally.ts";
import type { Condition, TimeUnit } from "./threshold-condition.ts";
import type { Metric } from "./threshold-metric.ts";
import type { Threshold } from "./threshold-text.ts";

/** What was measured in one part of a run. */
export interface Stretch {
  readonly lengthMs: number;
  readonly tally: Tally;
  /** What came to its end within that length: rates are counted by it, and not by late finishers. */
  readonly inTime: Tally;
}

export interface WindowStretch extends Stretch {
  readonly name: WindowName;
  /** The name of the fault that it is around. */
  readonly fault: string;
  readonly startMs: number;
  readonly endMs: number;
}

/** All that thresholds can be about. */
export interface Measurements {
  readonly whole: Stretch;
  /** Several of a name where several faults have one; the threshold must then hold in each. */
  readonly windows: readonly WindowStretch[];
  /** Of each threshold that must hold over any stretch of a length, by its `spanKey`. */
  readonly spans: ReadonlyMap<string, readonly Span[]>;
  /** Of the faults after which there was time to recover. */
  readonly recoveries: readonly FaultRecovery[];
  /** Those after which there was none. */
  readonly unrecoverable: readonly FaultName[];
  readonly invariants: readonly CheckedInvariant[];
  /** Per committed transaction; null where the server's counters could not be read. */
  readonly deadTuples: number | null;
  readonly walBytes: number | null;
}

export type { Judged };

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
  /** What its figure is of, or beside, and where it was not judged as it is written, why; else empty. */
  readonly note: string;
}

/** Where several windows, stretches, faults or invariants are judged, the gravest result is told. */
export function evaluate(threshold: Threshold, measurements: Measurements): ThresholdResult {
  const outcomes = outcomesOf(threshold, measurements);
  const gravest = gravity
    .map((judged) => outcomes.find((outcome) => outcome.judged === judged))
    .find((outcome) => outcome !== undefined);
  const none = measuredOutcome([], threshold.condition, null);
  return resultOf(threshold, gravest ?? none);
}

/** The result of a threshold on times in a run that was overloaded. */
export function notCompared(threshold: Threshold): ThresholdResult {
  return resultOf(threshold, { actual: null, judged: "not-compared", problem: "", note: "" });
}

function resultOf(
  { planned, condition: { unit } }: Threshold,
  { actual, judged, problem, note }: Outcome,
): ThresholdResult {
  const expression = `${planned.metric}: ${planned.expression}`;
  const ok = judged === "pass";
  const told = problem === "" ? "" : expression + problem;
  return { expression, actual, unit, ok, judged, problem: told, note };
}

function outcomesOf(threshold: Threshold, measurements: Measurements): readonly Outcome[] {
  const { metric, condition } = threshold;
  const { name } = metric;
  switch (name) {
    case "recovery":
      return recoveryReadings(metric, condition, measurements.recoveries).map(
        ({ actual, judged, problem }) => ({
          ...{ actual, judged, problem },
          note: notJudgedNote(metric, measurements.unrecoverable),
        }),
      );
    case "invariants":
      return invariantReadings(metric, measurements.invariants).map((reading) => ({
        ...reading,
        actual: null,
        note: "",
      }));
    case "dead_tuples":
      return [ofServer(measurements.deadTuples, condition)];
    case "wal_bytes":
      return [ofServer(measurements.walBytes, condition)];
    case "latency":
    case "service":
    case "pool_wait":
    case "committed":
    case "aborted":
    case "unknown":
    case "retries":
    case "errors": {
      const measured = { ...metric, name };
      const readings = readingsOf({ ...threshold, metric: measured }, measurements);
      const baseline = condition.isRelative
        ? baselineReading(measured, condition, measurements)
        : null;
      return [measuredOutcome(readings, condition, baseline)];
    }
  }
}

function ofServer(value: number | null, condition: Condition): Outcome {
  return measuredOutcome([{ where: "", reading: valueReading(value) }], condition, null);
}

type MeasuredThreshold = Threshold & { readonly metric: MeasuredMetric };

function readingsOf(threshold: MeasuredThreshold, measurements: Measurements): PlacedReading[] {
  const { metric, condition } = threshold;
  const windows = windowsOf(metric, measurements);
  if (condition.anySeconds === null) {
    const stretches = metric.window === null ? [measurements.whole] : windows;
    return stretches.map((stretch) => ({
      where: "",
      reading: stretchReading(stretch, metric, condition),
    }));
  }
  const spans = (measurements.spans.get(spanKey(threshold)) ?? []).map(placed);
  if (metric.window === null) return spans;
  return windows.flatMap(({ startMs, endMs }) => {
    const inside = spans.filter((span) => span.startMs >= startMs && span.endMs <= endMs);
    // It must hold in each: one that is too short for any is not left out.
    return inside.length > 0
      ? inside
      : [{ where: ` ${between({ startMs, endMs })}`, reading: nothing }];
  });
}

function placed(span: Span): Span & PlacedReading {
  return { ...span, where: ` ${between(span)}` };
}

function windowsOf({ window, fault }: Metric, { windows }: Measurements): readonly WindowStretch[] {
  return windows.filter((one) => one.name === window && (fault === null || one.fault === fault));
}

/** The same of every fault: from the start of the measured time to the first one. */
function baselineReading(
  metric: MeasuredMetric,
  condition: Condition,
  { windows }: Measurements,
): Reading {
  const baseline = windows.find(({ name }) => name === "baseline");
  return baseline === undefined ? nothing : stretchReading(baseline, metric, condition);
}

function stretchReading(
  { tally, inTime, lengthMs }: Stretch,
  metric: MeasuredMetric,
  condition: Condition,
): Reading {
  const weighed = {
    portion: portionOf(tally, metric),
    inTimeCount: portionOf(inTime, metric).count,
    lengthMs,
  };
  return readingOf(weighed, condition, metric.name);
}

function between({ startMs, endMs }: Pick<Span, "startMs" | "endMs">): string {
  return `from ${seconds(startMs)} to ${seconds(endMs)}`;
}

function seconds(ms: number): string {
  return `${Math.round(ms / 100) / 10} s`;
}
