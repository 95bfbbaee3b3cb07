import { describe, expect, it } from "vitest";
import { dms } from "../../fixtures/dms/system.ts";
import { concurrent } from "../../scenarios/dms/concurrent.ts";
import { planFrom } from "../../src/cli/plan.ts";
import type { RunOptions } from "../../src/cli/run-options.ts";

function problemsOf(given: Partial<RunOptions>): readonly string[] {
  const plan = planFrom({
    scenario: concurrent,
    scenarioName: concurrent.name,
    system: dms,
    options: { chaos: [], thresholds: [], ...given },
    scenarioOptions: {},
    thresholds: [],
    url: null,
    repeated: null,
  });
  return plan.ok ? [] : plan.problems;
}

describe("an open loop on k6", () => {
  it("has as many arrivals as k6 can keep the times of", () => {
    const problem =
      "--rate: that is 2 000 002 arrivals, and k6 keeps the times of all of them in memory: expected at most 2 000 000, or --engine pg";
    expect(problemsOf({ engine: "k6", rate: [2000, 2000], duration: 1_000_000 })).toEqual([]);
    expect(problemsOf({ engine: "k6", rate: [2000, 2000], duration: 1_000_001 })).toEqual([
      problem,
    ]);
    expect(problemsOf({ engine: "k6", rate: [500, 3500], duration: 1_000_001 })).toEqual([problem]);
    expect(problemsOf({ engine: "pg", rate: [2000, 2000], duration: 1_000_001 })).toEqual([]);
  });

  it("has so many a session where that is planned", () => {
    const given = { engine: "k6", rate: [10, 10], sessions: 8 } as const;
    expect(problemsOf({ ...given, transactions: 250_000 })).toEqual([]);
    expect(problemsOf({ ...given, transactions: 250_001 })).toHaveLength(1);
    expect(problemsOf({ engine: "k6", sessions: 8, transactions: 250_001 })).toEqual([]);
  });
});
