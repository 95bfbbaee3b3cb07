/** The windows around each fault on the run's clock, and what was seen in them. */
import type { FaultEvidence, WaitEvidence, WindowEvidence } from "../core/evidence.ts";
import type { WindowName } from "../core/window.ts";
import type { Histogram } from "../metrics/histogram.ts";
import { type WindowSummary, windowSummary } from "../metrics/summary.ts";
import { countOf, type OperationTally } from "../metrics/operation-tally.ts";
import type { Timeline } from "../metrics/timeline.ts";
import type { Observer } from "../observe/observer.ts";
import type { FaultCourse } from "./faults/fault-course.ts";
import { between, type Mark, noMark } from "./mark.ts";

export interface Window {
  readonly name: WindowName;
  readonly startMs: number;
  readonly endMs: number;
}

/**
 * Baseline: from the start to the first fault of all, so that no other fault is in it. Recovery:
 * from when neither this fault nor one that overlapped it is in force, to the next one's start.
 * Empty windows are left out; a fault that no measured time met, since the run ended while it came or
 * was stopped in its warm-up, has none.
 */
export function windowsAround(
  course: FaultCourse,
  courses: readonly FaultCourse[],
  lengthMs: number,
): readonly Window[] {
  const { startMs } = course;
  if (startMs === null || startMs >= lengthMs) return [];
  const endMs = Math.min(course.endMs ?? lengthMs, lengthMs);
  const fault: Window = { name: "fault", startMs, endMs };
  const passing = courses.filter((one) => !stands(one));
  const starts = passing.flatMap((one) => one.startMs ?? []);
  const quietMs = quietFrom(endMs, passing);
  const next = Math.min(lengthMs, ...starts.filter((start) => start >= quietMs));
  const windows: Window[] = stands(course)
    ? [fault]
    : [
        { name: "baseline", startMs: 0, endMs: Math.min(...starts) },
        fault,
        { name: "recovery", startMs: quietMs, endMs: next },
      ];
  return windows.filter((window) => window.endMs > window.startMs);
}

/** From the release of a fault to the next one, or to the end. */
export interface RecoveryStretch {
  readonly releasedMs: number;
  /** When its undo was done: a server that starts is back by then. */
  readonly undoneMs: number;
  readonly endMs: number;
}

/**
 * Where recovery is looked for: from the release of the last of the faults that overlap to the next
 * one's start. Null: one of them was still in force when the run ended.
 */
export function recoveryStretch(
  course: FaultCourse,
  courses: readonly FaultCourse[],
  lengthMs: number,
): RecoveryStretch | null {
  if (stands(course) || course.startMs === null || course.endMs === null) return null;
  const passing = courses.filter((one) => !stands(one));
  const quietMs = quietFrom(course.endMs, passing);
  const starts = passing.flatMap((one) => one.startMs ?? []);
  const together = passing.filter(({ startMs }) => startMs !== null && startMs < quietMs);
  const startMs = Math.max(
    course.releasedMs ?? Number.POSITIVE_INFINITY,
    ...together.map(({ releasedMs }) => releasedMs ?? Number.POSITIVE_INFINITY),
  );
  const endMs = Math.min(lengthMs, ...starts.filter((start) => start >= quietMs));
  return startMs < endMs ? { releasedMs: startMs, undoneMs: quietMs, endMs } : null;
}

/** In force from before the warm-up to the end: part of what every other fault is measured in. */
function stands({ armed }: FaultCourse): boolean {
  return armed.planned.startMs === null;
}

/** When the last of the faults is over that were still in force at `endMs`, or came before that one was over. */
function quietFrom(endMs: number, courses: readonly FaultCourse[]): number {
  const ends = courses.flatMap(({ startMs, endMs: end }) =>
    startMs !== null && startMs < endMs ? [end ?? Number.POSITIVE_INFINITY] : [],
  );
  const laterMs = Math.max(endMs, ...ends);
  return laterMs === endMs ? endMs : quietFrom(laterMs, courses);
}

/** What a run measured, as far as windows need it. */
export interface Seen {
  readonly timeline: Timeline;
  readonly observer: Observer;
  /** The observer's clock when the measured time began. */
  readonly zeroMs: number;
  readonly lengthMs: number;
  readonly courses: readonly FaultCourse[];
  /** At both ends of the measured time. */
  readonly edges: { readonly start: Mark; readonly end: Mark };
}

export function windowSummaries(
  seen: Pick<Seen, "timeline" | "lengthMs" | "courses">,
): readonly WindowSummary[] {
  return seen.courses.flatMap((course) =>
    windowsAround(course, seen.courses, seen.lengthMs).map((window) => {
      const { tally, inTime } = windowTallies(window, seen);
      const edges = { ...window, fault: course.armed.fault.name };
      const summary = windowSummary(edges, tally, inTime);
      return {
        ...summary,
        startMs: Math.round(window.startMs),
        endMs: Math.round(window.endMs),
      };
    }),
  );
}

/**
 * `inTime`: what ended in the window. `tally` has also, for a window that lasts to the end of the
 * run, what ended after it or never did: its slowest must not be missing from its latency.
 */
export function windowTallies(
  { startMs, endMs }: Window,
  { timeline, lengthMs }: Pick<Seen, "timeline" | "lengthMs">,
) {
  const inTime = timeline.window(startMs, endMs);
  const tally = endMs === lengthMs ? timeline.window(startMs, timeline.endMs) : inTime;
  return { inTime, tally };
}

/** Null if the fault never came. */
export function evidenceAround(course: FaultCourse, seen: Seen): FaultEvidence | null {
  const windows = windowsAround(course, seen.courses, seen.lengthMs);
  const find = (name: WindowName) => {
    const window = windows.find((one) => one.name === name);
    return window === undefined ? null : windowEvidence(window, course, seen);
  };
  const fault = find("fault");
  if (fault === null) return null;
  const { figures } = course;
  return { baseline: find("baseline"), fault, recovery: find("recovery"), figures };
}

function windowEvidence(window: Window, course: FaultCourse, seen: Seen): WindowEvidence {
  const { startMs, endMs } = window;
  const tally = seen.timeline.window(startMs, endMs);
  const operations = [...tally.operations.values()];
  const insideMaxMs = Math.max(0, ...operations.map((one) => one.insideMaxUs)) / 1000;
  const activityFrom = (fromMs: number) =>
    seen.observer.activityBetween(seen.zeroMs + fromMs, seen.zeroMs + endMs);
  const [start, end] = marksOf(window, course, seen);
  return {
    lengthMs: endMs - startMs,
    activity: activityFrom(startMs),
    settled: activityFrom(Math.min(startMs + insideMaxMs, endMs)),
    ...between(start, end),
    waits: seen.observer.waitsBetween(seen.zeroMs + startMs, seen.zeroMs + endMs),
    errors: errorsIn(operations),
    unknownOutcomes: tally.sum(countOf("unknown")),
    service: waitEvidence(tally.merged((operation) => operation.service)),
    poolWait: waitEvidence(tally.merged((operation) => operation.poolWait)),
    gateWait: waitEvidence(tally.merged((operation) => operation.gateWait)),
  };
}

function errorsIn(operations: readonly OperationTally[]): Readonly<Record<string, number>> {
  const counts = new Map<string, number>();
  for (const { errors } of operations) {
    for (const [code, count] of errors) counts.set(code, (counts.get(code) ?? 0) + count);
  }
  return Object.fromEntries(counts);
}

function waitEvidence({ count, mean, max }: Histogram): WaitEvidence {
  return { count, meanUs: mean ?? 0, maxUs: max ?? 0 };
}

/** At both edges: within the fault those after its injection and before its undo. */
function marksOf(window: Window, course: FaultCourse, seen: Seen): readonly [Mark, Mark] {
  if (window.name === "fault") {
    return [course.marks.inForce ?? noMark, course.marks.leaving ?? noMark];
  }
  return [markAt(window.startMs, seen), markAt(window.endMs, seen)];
}

/** Of the run's own edges, or of the fault that came or went then. */
function markAt(atMs: number, { courses, edges, lengthMs }: Seen): Mark {
  if (atMs === 0) return edges.start;
  if (atMs === lengthMs) return edges.end;
  const went = courses.find((course) => course.endMs === atMs);
  if (went !== undefined) return went.marks.after ?? noMark;
  const came = courses.find((course) => course.startMs === atMs);
  return came?.marks.before ?? noMark;
}
