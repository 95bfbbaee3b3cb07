/**
 * What a fault did to the run, and how the run came back from it: the windows compared with one
 * another, when its effect was seen, how long recovery took, and what went wrong meanwhile.
 */
import { type CodeKind, kindOfCode } from "../core/failure.ts";
import type { Plan } from "../core/plan.ts";
import type { WindowName } from "../core/window.ts";
import type { Histogram } from "../metrics/histogram.ts";
import {
  type Felt,
  feltAfter,
  type Recovered,
  recoveredAfter,
  type Reference,
  referenceOf,
  steadyMs,
  type Tail,
  tailOf,
} from "../metrics/recovery.ts";
import type { Tally } from "../metrics/tally.ts";
import { countOf } from "../metrics/operation-tally.ts";
import type { FaultCourse } from "./faults/fault-course.ts";
import {
  recoveryStretch,
  type Seen,
  type Window,
  windowsAround,
  windowTallies,
} from "./windows.ts";

/** How it went on the whole in a window; null: too little was committed to tell. */
interface Figures {
  readonly perSecond: number;
  readonly p50Us: number | null;
  readonly tailUs: number | null;
}

/** The same beside the baseline; null where there is none. */
export interface Compared extends Figures {
  readonly throughputRatio: number | null;
  readonly p50Ratio: number | null;
  readonly tailRatio: number | null;
  readonly reconnects: number;
  /** Session time without a connection, until it had another one. */
  readonly sessionLostMs: number;
  /** Failed attempts, those that a retry made good included: how many with each code. */
  readonly errors: Readonly<Record<CodeKind, Readonly<Record<string, number>>>>;
  /** Failed attempts to reconnect. */
  readonly reconnectErrors: Readonly<Record<string, number>>;
}

export interface Impact {
  /** Which percentile `tailUs` is; null: none can be told, or there is no baseline to choose it by. */
  readonly tail: Tail | null;
  readonly baseline: Figures | null;
  readonly fault: Compared;
  readonly recovery: Compared | null;
  readonly felt: Felt;
  readonly recovered: Recovered;
}

type Measured = Pick<Seen, "timeline" | "lengthMs" | "courses">;

/** Null if the fault never came. */
export function impactOf(course: FaultCourse, seen: Measured, plan: Plan): Impact | null {
  const windows = windowsAround(course, seen.courses, seen.lengthMs);
  const find = (name: WindowName) => windows.find((window) => window.name === name) ?? null;
  const fault = find("fault");
  if (fault === null) return null;
  const before = find("baseline");
  const reference = before === null ? null : referenceIn(before, seen);
  const tail = reference?.tail?.name ?? null;
  const baseline = before === null ? null : figuresOf(before, seen, tail);
  const recovery = find("recovery");
  const around = { baseline, tail };
  return {
    tail,
    baseline,
    fault: compared(fault, seen, around),
    recovery: recovery === null ? null : compared(recovery, seen, around),
    // What is offered differs from one second to the next: so does what is to be expected.
    felt: isRamp(plan) ? { state: "unknown" } : feltIn(fault, seen, reference),
    recovered: isRamp(plan)
      ? { state: "unknown", why: "ramp" }
      : recoveredIn(course, seen, reference),
  };
}

function isRamp({ rate, arrivals }: Plan): boolean {
  return arrivals !== null && arrivals.rateAtEnd !== rate;
}

function referenceIn({ startMs, endMs }: Window, { timeline }: Measured): Reference | null {
  return referenceOf(committedOf(timeline.window(startMs, endMs)), endMs - startMs);
}

function committedOf(tally: Tally): Histogram {
  return tally.merged((operation) => operation.latency.committed);
}

/** What came shortly before its end may show in the seconds after it. */
function feltIn(
  { startMs, endMs }: Window,
  { timeline, lengthMs }: Measured,
  reference: Reference | null,
): Felt {
  const slots = timeline.slots.between(startMs, Math.min(endMs + steadyMs, lengthMs));
  return feltAfter(slots, reference);
}

function recoveredIn(
  course: FaultCourse,
  { timeline, courses, lengthMs }: Measured,
  reference: Reference | null,
): Recovered {
  const stretch = recoveryStretch(course, courses, lengthMs);
  if (stretch === null) {
    return { state: "unknown", why: reference === null ? "no-baseline" : "too-short" };
  }
  const slots = timeline.slots.between(stretch.releasedMs, stretch.endMs);
  return recoveredAfter(slots, stretch, reference);
}

function figuresOf(window: Window, seen: Measured, tail: Tail | null): Figures {
  const { tally, inTime } = windowTallies(window, seen);
  const latency = tally.merged((operation) => operation.latencyToTell());
  const seconds = (window.endMs - window.startMs) / 1000;
  return {
    perSecond: hundredths(inTime.sum(countOf("committed")) / seconds),
    p50Us: latency.supported(0.5),
    tailUs: tail === null ? null : tailOf(latency, tail),
  };
}

function compared(
  window: Window,
  seen: Measured,
  { baseline, tail }: Pick<Impact, "baseline" | "tail">,
): Compared {
  const figures = figuresOf(window, seen, tail);
  const { inTime } = windowTallies(window, seen);
  return {
    ...figures,
    throughputRatio: ratio(figures.perSecond, baseline?.perSecond),
    p50Ratio: ratio(figures.p50Us, baseline?.p50Us),
    tailRatio: ratio(figures.tailUs, baseline?.tailUs),
    reconnects: inTime.reconnects,
    sessionLostMs: Math.round(inTime.reconnectLostUs / 1000),
    errors: errorsByKind(inTime),
    reconnectErrors: Object.fromEntries(inTime.reconnectErrors),
  };
}

function ratio(value: number | null, base: number | null | undefined): number | null {
  return value === null || base == null || base === 0 ? null : hundredths(value / base);
}

function hundredths(value: number): number {
  return Math.round(value * 100) / 100;
}

function errorsByKind(tally: Tally): Compared["errors"] {
  const counts: Record<CodeKind, Record<string, number>> = {
    sqlstate: {},
    transport: {},
    refused: {},
  };
  for (const { errors } of tally.operations.values()) {
    for (const [code, count] of errors) {
      const ofKind = counts[kindOfCode(code)];
      ofKind[code] = (ofKind[code] ?? 0) + count;
    }
  }
  return counts;
}
