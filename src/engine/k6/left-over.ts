/** What an open loop was asked for and no session of k6 began, for the account: as on Node. */
import { ArrivalSchedule } from "../../core/arrivals.ts";
import { Digest } from "../../core/digest.ts";
import { Recorder } from "../../metrics/recorder.ts";
import type { Tally } from "../../metrics/tally.ts";
import { plan } from "../bookkeeping.ts";
import { Decisions } from "../decisions.ts";
import type { ArrivalsJson } from "./lines.ts";
import type { Drawing } from "./drawing.ts";

export interface LeftOver {
  readonly tally: Tally;
  /** Of what they would have been. */
  readonly digest: Digest;
}

/** `taken`: by each session. Counts those that were due before `endMs` of the measured time. */
export function leftOver(
  drawing: Drawing,
  taken: readonly ArrivalsJson[],
  endMs: number,
): LeftOver {
  const schedule = new ArrivalSchedule(drawing.plan, "measured");
  const decisions = new Decisions();
  const recorder = new Recorder();
  for (const number of numbersLeft(taken)) {
    const arrival = schedule.at(number);
    if (arrival === null || arrival.dueMs >= endMs) break;
    const { operation } = plan({ ...drawing, decisions }, "measured", { owner: "arrival", number });
    recorder.neverStarted(operation, (endMs - arrival.dueMs) * 1000);
  }
  return { tally: recorder.take(), digest: Digest.from(decisions.digest) };
}

/** k6 gives numbers out in order: those before the last that was begun were begun, or taken and left. */
function* numbersLeft(taken: readonly ArrivalsJson[]): Generator<number> {
  const begun = taken.reduce((most, { begunBelow }) => Math.max(most, begunBelow), 0);
  const left = taken.flatMap((one) => one.left ?? []).filter((number) => number < begun);
  yield* left.sort((one, other) => one - other);
  for (let number = begun; ; number++) yield number;
}
