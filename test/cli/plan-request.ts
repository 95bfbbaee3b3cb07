/** What a plan is made from, as the command line has it for a run of `concurrent`, and what comes of it. */
import { dms } from "../../fixtures/dms/system.ts";
import { concurrent } from "../../scenarios/dms/concurrent.ts";
import { planFrom, type PlanRequest } from "../../src/cli/plan.ts";
import type { RunOptions } from "../../src/cli/run-options.ts";
import type { Plan } from "../../src/core/plan.ts";

/** On the embedded server, with nothing but these options; what else differs is given. */
export function request(
  given: Partial<RunOptions> = {},
  more: Partial<PlanRequest> = {},
): PlanRequest {
  return {
    scenario: concurrent,
    scenarioName: "concurrent",
    system: dms,
    options: { chaos: [], thresholds: [], sizes: {}, ...given },
    scenarioOptions: {},
    thresholds: [],
    url: null,
    repeated: null,
    files: null,
    payloads: null,
    ...more,
  };
}

export function planOf(given: Partial<RunOptions> = {}, more: Partial<PlanRequest> = {}): Plan {
  const plan = planFrom(request(given, more));
  if (!plan.ok) throw new Error(plan.problems.join("; "));
  return plan.value;
}

export function problemsOf(
  given: Partial<RunOptions>,
  more: Partial<PlanRequest> = {},
): readonly string[] {
  const plan = planFrom(request(given, more));
  return plan.ok ? [] : plan.problems;
}
