/** How k6 hands out its iterations. */
import type { Plan } from "../../../core/plan.ts";
import type { DueTimes } from "../setting.ts";
import { iterationsOf } from "./arrivals.ts";

/** Longer than what a run may last: who overruns it is interrupted in the middle, and leaves nothing. */
const unplannedSeconds = 48 * 3600;

/** `dueTimes`: null in a closed loop. */
export function optionsOf({ sessions }: Plan, dueTimes: DueTimes | null): unknown {
  const iterations =
    dueTimes === null
      ? { executor: "per-vu-iterations", iterations: 1 }
      : { executor: "shared-iterations", iterations: iterationsOf(sessions, dueTimes) };
  return {
    discardResponseBodies: false,
    scenarios: {
      sessions: {
        ...iterations,
        vus: sessions,
        maxDuration: `${unplannedSeconds}s`,
        gracefulStop: "0s",
      },
    },
  };
}
