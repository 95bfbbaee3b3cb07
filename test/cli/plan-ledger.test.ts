import { describe, expect, it } from "vitest";
import { dms } from "../../fixtures/dms/system.ts";
import { concurrent } from "../../scenarios/dms/concurrent.ts";
import { planFrom, type PlanRequest } from "../../src/cli/plan.ts";
import type { RunOptions } from "../../src/cli/run-options.ts";
import type { Plan } from "../../src/core/plan.ts";

const url = "postgresql://me@host:5432/mine";

function planned(given: Partial<RunOptions>, more: Partial<PlanRequest> = {}) {
  return planFrom({
    scenario: concurrent,
    scenarioName: "concurrent",
    system: dms,
    options: { chaos: [], thresholds: [], ...given },
    scenarioOptions: {},
    thresholds: [],
    url: null,
    repeated: null,
    ...more,
  });
}

function planOf(given: Partial<RunOptions>, more: Partial<PlanRequest> = {}): Plan {
  const plan = planned(given, more);
  if (!plan.ok) throw new Error(plan.problems.join("; "));
  return plan.value;
}

describe("the ledger in the plan", () => {
  it("is kept where it is asked for, and by no fault that leaves connections alone", () => {
    expect(planOf({}).ledger).toBe(false);
    expect(planOf({ ledger: true }).ledger).toBe(true);
    expect(planOf({ chaos: ["pool-limit:max=6"] }).ledger).toBe(false);
  });

  it("is as it was in a run that is repeated, unless told otherwise", () => {
    const repeated = planOf({ ledger: true });
    expect(planOf({}, { repeated }).ledger).toBe(true);
    expect(planOf({ chaos: ["pool-limit:max=6"] }, { repeated }).ledger).toBe(true);
    expect(planOf({ ledger: false }, { repeated }).ledger).toBe(false);
    expect(planOf({}, { repeated: planOf({}) }).ledger).toBe(false);
  });

  it("is not to be had in a database as it is", () => {
    const problems = planned({ existing: true, ledger: true }, { url });
    expect(problems).toEqual({
      ok: false,
      problems: [
        "--ledger needs a table of its own, and --existing changes no schema: leave one out",
      ],
    });
    expect(planOf({ existing: true }, { url, repeated: planOf({ ledger: true }) }).ledger).toBe(
      false,
    );
  });
});
