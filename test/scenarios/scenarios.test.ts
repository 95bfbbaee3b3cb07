import { describe, expect, it } from "vitest";
import { scenarios } from "../../scenarios/index.ts";
import { contextOf, plannedIn, scenarioNamed } from "./worlds.ts";

const size = { documents: 1_000, aliases: 1_000 };

describe("the bundled scenarios", () => {
  it("are these", () => {
    expect(scenarios.map(({ name }) => name)).toEqual([
      "concurrent",
      "single-document",
      "batch-1000",
      "cross-partition",
      "mixed",
      "point-read",
      "service",
      "metaverse-create",
      "metaverse-import",
      "metaverse-match",
      "metaverse-sync",
      "metaverse-update",
      "history-write",
      "history-read",
      "history-mixed",
      "history-upkeep",
    ]);
  });

  it.each(scenarios)("$name judges itself and says what it is in one line", (scenario) => {
    expect(scenario.thresholds).toHaveProperty("aborted");
    expect(scenario.summary.length).toBeLessThan(90);
    expect(scenario.summary).not.toContain("\n");
  });

  it("name the shares of their operations alike", () => {
    const named = scenarios.flatMap(({ operations, options }) =>
      Object.entries(options).flatMap(([name, option]) =>
        option.kind === "weights" && operations.some((one) => one in option.default) ? [name] : [],
      ),
    );
    expect(named.length).toBeGreaterThan(5);
    expect(new Set(named)).toEqual(new Set(["weights"]));
  });

  it.each(scenarios)("$name draws only operations that it announces", (scenario) => {
    const planned = plannedIn(scenario, size, { count: 300 });
    expect(new Set(planned.map(({ operation }) => operation))).toEqual(
      new Set(scenario.operations),
    );
  });

  it.each(scenarios)(
    "$name draws the same from the same seed, for any session count",
    (scenario) => {
      const inputsOf = (sessions: number) => {
        const context = { ...contextOf(scenario), sessions };
        return plannedIn(scenario, size, { count: 50, context }).map(({ inputs }) => inputs);
      };
      expect(inputsOf(100)).toEqual(inputsOf(10));
    },
  );

  it.each(["concurrent", "mixed", "service"])("%s draws otherwise from another seed", (name) => {
    const scenario = scenarioNamed(name);
    const context = { ...contextOf(scenario), seed: 54321 };
    const one = plannedIn(scenario, size, { count: 1 });
    const other = plannedIn(scenario, size, { count: 1, context });
    expect(other[0]?.inputs).not.toEqual(one[0]?.inputs);
  });
});
