/**
 * When arrivals are due, as a list: hundreds of virtual users that each drew all of them anew would
 * take more time than their transactions.
 */
import { type ArrivalPlan, ArrivalSchedule } from "../../core/arrivals.ts";
import type { Phase } from "../../core/random.ts";
import type { DueTimes } from "./setting.ts";

/** k6 keeps each as a text of its own: so many take it 8 s to read, and 400 MB of memory. */
export const arrivalsMax = 2_000_000;

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
