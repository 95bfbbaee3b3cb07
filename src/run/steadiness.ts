/** Whether the measured time was one, or drifted from its start to its end. Pure. */
import type { Plan } from "../core/plan.ts";
import { type Drift, driftOf } from "../metrics/drift.ts";
import type { IntervalSample } from "../metrics/timeline.ts";

export type Steadiness =
  | { readonly kind: "not-judged"; readonly why: string }
  | (Drift & {
      /** Closed loop: what the sessions got done. Open loop, where that is given: how long it took. */
      readonly figure: "throughput" | "mean latency";
    });

/** `seconds`: each full second of the measured time. */
export function steadinessOf(plan: Plan, seconds: readonly IntervalSample[]): Steadiness {
  if (plan.faults.some(({ startMs }) => startMs !== null)) {
    return { kind: "not-judged", why: "faults come and go; see their windows" };
  }
  if (plan.arrivals !== null && plan.arrivals.rateAtEnd !== plan.rate) {
    return { kind: "not-judged", why: "the offered rate changes" };
  }
  if (plan.rate === null) {
    return { figure: "throughput", ...driftOf(seconds.map(({ committed }) => committed)) };
  }
  // A second in which nothing ended has no latency to tell.
  const means = seconds.flatMap(({ latencyUs }) => latencyUs.mean ?? []);
  return { figure: "mean latency", ...driftOf(means) };
}
