/**
 * The verdict of a run, from everything that was measured and checked. Pure: what it is given was
 * seen, and what was not seen is a finding of its own.
 */
import { counted, countText } from "../core/counted.ts";
import type { InvariantResult } from "../invariants/no-rows.ts";
import { type Finding, type Verdict, verdictOf } from "../core/verdict.ts";
import type { Tally } from "../metrics/tally.ts";
import { countOf, finishedOf } from "../metrics/operation-tally.ts";
import { isTime } from "../metrics/thresholds/threshold-metric.ts";
import {
  type Measurements,
  notCompared,
  type ThresholdResult,
} from "../metrics/thresholds/thresholds.ts";
import type { FaultResult, JudgeInput } from "./judge-input.ts";
import { secondsText } from "./seconds-text.ts";
import { shownBy } from "./shown.ts";
import { evaluateUnderFaults, recoveryFindings } from "./gated.ts";

export interface Judgement {
  readonly verdict: Verdict;
  readonly thresholds: readonly ThresholdResult[];
}

export function judge(input: JudgeInput): Judgement {
  const thresholds = input.thresholds.map((one) =>
    input.overload !== null && isTime(one.metric.name)
      ? notCompared(one)
      : evaluateUnderFaults(one, input),
  );
  const findings = [
    ...undoFindings(input.faults),
    ...invariantFindings(input.invariants),
    ...signalFindings(input),
    ...input.doubts.map((reason): Finding => ({ code: 97, reason })),
    ...dataFindings(input.measurements),
    ...inFlightFindings(input),
    ...lostSessionFindings(input.measurements),
    ...generatorFindings(input),
    ...overloadFindings(input),
    ...effectFindings(input),
    ...thresholdFindings(thresholds),
    // Work that piles up recovers from nothing; that is said.
    ...(input.overload === null ? recoveryFindings(input) : []),
  ];
  return { verdict: verdictOf(findings, shownBy(input, thresholds)), thresholds };
}

function undoFindings(faults: readonly FaultResult[]): Finding[] {
  return faults.flatMap(({ text, undoProblem }) =>
    undoProblem === null
      ? []
      : [{ code: 94, reason: `the fault ${text} could not be undone: ${undoProblem}` }],
  );
}

function invariantFindings(invariants: readonly InvariantResult[]): Finding[] {
  return invariants
    .filter(({ ok }) => ok === false)
    .map(({ name, evidence }) => ({
      code: 96,
      reason: `the invariant ${name} is broken: ${evidence}`,
    }));
}

function signalFindings({ signal, measurements }: JudgeInput): Finding[] {
  if (signal === null) return [];
  const after = secondsText(measurements.whole.lengthMs);
  const code = signal === "SIGINT" ? 130 : 143;
  return [{ code, reason: `stopped by ${signal} after ${after} of measured time` }];
}

/** A run in which nothing was committed shows nothing, however well nothing went. */
function dataFindings({ whole: { tally, lengthMs } }: Measurements): Finding[] {
  const finished = tally.sum(finishedOf);
  if (finished === 0) {
    const unfinished = tally.sum(({ censored }) => censored.count);
    const reason = `nothing finished in ${secondsText(lengthMs)}: ${counted(unfinished, "transaction")} without an end, so there is nothing to judge`;
    return [{ code: 97, reason }];
  }
  if (tally.sum(countOf("committed")) > 0) return [];
  const frequent = mostFrequentError(tally);
  const because = frequent === null ? "" : `; the most frequent error is ${frequent}`;
  return [{ code: 97, reason: `none of ${countText(finished)} transactions committed${because}` }];
}

/** More than this share of transactions without an end is no matter of where the run happened to stop. */
const inFlightShareMax = 0.1;

/** What was dropped at the end is in the percentiles as if it had ended then: where it is much, they tell too little. */
function inFlightFindings({ measurements: { whole }, signal, overload }: JudgeInput): Finding[] {
  // Work that piles up has no end within the run; that is said.
  if (overload !== null) return [];
  const finished = whole.tally.sum(finishedOf);
  // Never started is another matter: no grace helps there.
  const dropped = whole.tally.sum(({ censored, neverStarted }) => censored.count - neverStarted);
  // Where nothing finished, that was said; and who stops a run by hand drops what is under way.
  if (finished === 0 || signal !== null) return [];
  if (dropped <= inFlightShareMax * (finished + dropped)) return [];
  const reason = `${counted(dropped, "transaction")} of ${countText(finished + dropped)} did not end within the run and its grace period, so the percentiles say too little; raise --duration or --grace`;
  return [{ code: 97, reason }];
}

function lostSessionFindings({ whole: { tally } }: Measurements): Finding[] {
  if (tally.sessionsLost === 0) return [];
  const reason = `${counted(tally.sessionsLost, "session")} gave up on a server that was gone: the run is not the one that was planned`;
  return [{ code: 97, reason }];
}

function mostFrequentError(tally: Tally): string | null {
  const counts = new Map<string, number>();
  for (const { errors } of tally.operations.values()) {
    for (const [code, count] of errors) counts.set(code, (counts.get(code) ?? 0) + count);
  }
  const [first] = [...counts].sort(([, one], [, other]) => other - one);
  if (first === undefined) return null;
  const [code, count] = first;
  const message = tally.firstMessageOf(code);
  return `${code} (${countText(count)} times${message === null ? "" : `: ${message}`})`;
}

function generatorFindings({ generatorDoubts, measurements }: JudgeInput): Finding[] {
  // Where nothing was committed, there are no latencies to doubt.
  if (measurements.whole.tally.sum(countOf("committed")) === 0) return [];
  return generatorDoubts.map((doubt) => ({
    code: 97,
    reason: `the load generator itself was the bottleneck: ${doubt}`,
  }));
}

/** The offered rate is a condition that the user set, and it does not hold: no run passes that way. */
function overloadFindings({ overload, sessions, measurements: { whole } }: JudgeInput): Finding[] {
  if (overload === null) return [];
  const { offeredPerSecond, waitingAtEnd } = overload;
  const served = (whole.inTime.sum(countOf("committed")) * 1000) / whole.lengthMs;
  const reason =
    `overloaded: ${rounded(offeredPerSecond)} transactions a second were offered and ${rounded(served)} committed by ` +
    `${counted(sessions, "session")}; ${counted(waitingAtEnd, "arrival")} waited at the end, ever more of them, ` +
    "so latencies only tell how long the run was, and none is compared";
  return [{ code: 99, reason }];
}

function rounded(perSecond: number): string {
  return String(Number(perSecond.toPrecision(4)));
}

/** A run that was stopped may have ended before there was an effect to see. */
function effectFindings({ faults, signal }: JudgeInput): Finding[] {
  if (signal !== null) return [];
  return faults.flatMap(({ text, effective, evidence, isTask }): Finding[] => {
    if (effective === true) return [];
    const what = effective === false ? "took no effect" : "is not proven to have taken effect";
    const missing = isTask ? `the side task ${text} was not done` : `the fault ${text} ${what}`;
    return [{ code: 95, reason: `${missing}: ${evidence}` }];
  });
}

/** A percentile that its sample cannot support is unknown (93), no data at all is invalid (97). */
function thresholdFindings(results: readonly ThresholdResult[]): Finding[] {
  return results.flatMap(({ judged, problem }): Finding[] => {
    switch (judged) {
      // Why something was not compared, the overload says, or its note.
      case "pass":
      case "not-compared":
        return [];
      case "fail":
        return [{ code: 99, reason: problem }];
      case "no-data":
        return [{ code: 97, reason: problem }];
      case "unknown":
        return [{ code: 93, reason: problem }];
    }
  });
}
