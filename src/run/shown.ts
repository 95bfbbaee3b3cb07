/** What a run that passes has shown, as the sentence that its verdict gives for a reason. */
import { counted, countText } from "../core/counted.ts";
import { nothingLostName } from "../invariants/ledger.ts";
import { countOf } from "../metrics/operation-tally.ts";
import type { ThresholdResult } from "../metrics/thresholds/thresholds.ts";
import { recoveryTexts } from "./gated.ts";
import type { JudgeInput } from "./judge-input.ts";
import { secondsText } from "./seconds-text.ts";

/** Only what was looked at. */
export function shownBy(input: JudgeInput, results: readonly ThresholdResult[]): string {
  const { sessions, invariants, faults } = input;
  const { tally, lengthMs } = input.measurements.whole;
  const committed = tally.sum(countOf("committed"));
  const neverStarted = tally.sum((operation) => operation.neverStarted);
  const dropped = tally.sum(({ censored }) => censored.count) - neverStarted;
  const failed = [
    { kind: "aborted", count: tally.sum(countOf("aborted")) },
    { kind: "unknown", count: tally.sum(countOf("unknown")) },
    { kind: "dropped in flight", count: dropped },
    { kind: "never started", count: neverStarted },
  ]
    .filter(({ count }) => count > 0)
    .map(({ kind, count }) => `, ${countText(count)} ${kind}`);
  const done = `${counted(committed, "transaction")} committed by ${counted(sessions, "session")} in ${secondsText(lengthMs)}`;
  const broken = faults.filter(({ isTask }) => !isTask);
  const tasks = faults.length - broken.length;
  const unchecked = invariants.filter(({ ok }) => ok === null);
  const holds = invariants.length - unchecked.length;
  const shown = [
    ...(broken.length > 0
      ? [`${counted(broken.length, "fault")} took effect and left nothing behind`]
      : []),
    ...(tasks > 0
      ? [tasks === 1 ? "the side task was done" : `all ${tasks} side tasks were done`]
      : []),
    ...recoveryTexts(faults),
    ...thresholdTexts(results),
    ...(holds > 0 ? [holding(holds, "invariant")] : []),
    ...(invariants.some(({ name, ok }) => name === nothingLostName && ok === true)
      ? ["no acknowledged commit was lost"]
      : []),
    // Not seen to be broken is not seen to hold.
    ...(input.commitsUnchecked ? ["lost commits were NOT checked"] : []),
    ...unchecked.map(({ name }) => `the invariant ${name} was NOT checked`),
    ...(input.isUnobserved ? ["neither the server nor the generators were observed"] : []),
    ...(faults.some(({ crashes }) => crashes)
      ? ["survived process crash; loss of power not tested"]
      : []),
  ];
  return [done + failed.join(""), ...(shown.length > 0 ? [shown.join(", ")] : [])].join("; ");
}

/** What was not compared holds no more than it fails. */
function thresholdTexts(results: readonly ThresholdResult[]): string[] {
  const compared = results.filter(({ judged }) => judged !== "not-compared").length;
  return [
    ...(compared > 0 ? [holding(compared, "threshold")] : []),
    ...(compared < results.length
      ? [`${counted(results.length - compared, "threshold")} not compared`]
      : []),
  ];
}

function holding(count: number, noun: string): string {
  return count === 1 ? `the ${noun} holds` : `all ${counted(count, noun)} hold`;
}
