/** What a plan tells its scenario. */
import type { Plan } from "../core/plan.ts";
import type { Context } from "../core/scenario.ts";

export function contextOf(
  plan: Pick<Plan, "seed" | "sessions" | "isolation" | "holdMs" | "strategies" | "options">,
): Context {
  return {
    seed: plan.seed,
    sessions: plan.sessions,
    isolation: plan.isolation,
    holdMs: plan.holdMs,
    strategies: plan.strategies,
    // The plan's values were read by this scenario's own declarations.
    options: plan.options as Context["options"],
  };
}
