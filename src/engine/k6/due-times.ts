/**
 * When arrivals are due, as a list: hundreds of virtual users that each drew all of them anew would
 * take more time than their transactions.
 */
import { type ArrivalPlan, ArrivalSchedule } from "../../core/arrivals.ts";
import type { Phase } from "../../core/random.ts";

/** By phase and number, in whole microseconds from the start of the phase. */
export type DueTimes = Readonly<Record<Phase, readonly number[]>>;

/** k6 keeps each as a text of its own, of some 30 bytes: more would be a gigabyte. */
export const arrivalsMax = 10_000_000;

/** Of an open loop that ends. */
export function dueTimes(plan: ArrivalPlan): DueTimes {
  return { warmup: listOf(plan, "warmup"), measured: listOf(plan, "measured") };
}

function listOf(plan: ArrivalPlan, phase: Phase): readonly number[] {
  const schedule = new ArrivalSchedule(plan, phase);
  const times: number[] = [];
  for (;;) {
    const arrival = schedule.at(times.length);
    if (arrival === null) return times;
    times.push(Math.round(arrival.dueMs * 1000));
  }
}
