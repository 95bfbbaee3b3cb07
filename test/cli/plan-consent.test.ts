import { expect, it } from "vitest";
import { concurrent } from "../../scenarios/dms/concurrent.ts";
import { dms } from "../../fixtures/dms/system.ts";
import { planFrom } from "../../src/cli/plan.ts";
import type { RunOptions } from "../../src/cli/run-options.ts";
import type { Plan } from "../../src/core/plan.ts";

const url = "postgresql://me@host:5432/mine";
const other = "postgresql://me@other:5432/mine";

function planOf(given: Partial<RunOptions>, place: string, repeated: Plan | null): Plan {
  const plan = planFrom({
    scenario: concurrent,
    scenarioName: "concurrent",
    system: dms,
    options: { chaos: [], thresholds: [], sizes: {}, ...given },
    scenarioOptions: {},
    thresholds: [],
    url: place,
    repeated,
    files: null,
    payloads: null,
  });
  if (!plan.ok) throw new Error(plan.problems.join("; "));
  return plan.value;
}

const repeated = planOf({ existing: true, allowChaosOn: "mine" }, url, null);

it("is inherited for the place that it was given for", () => {
  expect(planOf({}, url, repeated).allowChaosOn).toBe("mine");
});

it("is not inherited for another server, even with a database of the same name", () => {
  expect(planOf({}, other, repeated).allowChaosOn).toBeNull();
  expect(planOf({ allowChaosOn: "mine" }, other, repeated).allowChaosOn).toBe("mine");
});

it("is not inherited from a run in a database of its own for one in the user's", () => {
  const inItsOwn = { ...repeated, existing: false };
  expect(planOf({ existing: true }, url, inItsOwn).allowChaosOn).toBeNull();
});
