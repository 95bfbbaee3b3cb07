import { describe, expect, it } from "vitest";
import { leftOver } from "../../../src/engine/k6/left-over.ts";
import { ledgerScenario } from "../../helpers/ledger.ts";
import { contextOf, openPlanWith } from "../../helpers/plan.ts";

describe("arrivals that no session of k6 began", () => {
  // Due each 5 ms, the first of them, number 0, at 5.
  const plan = openPlanWith({ rate: 200, distribution: "constant" }, { durationMs: 10_000 });
  const drawing = {
    run: "a-run",
    plan,
    scenario: ledgerScenario(),
    context: contextOf(plan),
    world: undefined,
  };

  function countOf(taken: Parameters<typeof leftOver>[1], endMs: number): number {
    return leftOver(drawing, taken, endMs).tally.operation("append").neverStarted;
  }

  it("are those behind the last that any of them began, as far as they were due", () => {
    const taken = [
      { begunBelow: 7, left: null },
      { begunBelow: 5, left: null },
    ];
    expect(countOf(taken, 50)).toBe(2);
    expect(countOf(taken, 51)).toBe(3);
    expect(countOf(taken, 40)).toBe(0);
  });

  it("are those that a session took and left, each once", () => {
    const taken = [
      { begunBelow: 7, left: 8 },
      { begunBelow: 2, left: 4 },
    ];
    expect(countOf(taken, 51)).toBe(4);
  });
});
