import { describe, expect, it } from "vitest";
import { comparability, differenceText } from "../../src/compare/comparability.ts";
import { type Given, storedAs } from "./stored.ts";

function differences(before: readonly Given[], after: readonly Given[]) {
  const stored = (given: Given) => storedAs("/reports/one", given);
  return comparability(before.map(stored), after.map(stored));
}

describe("what differs beside what was measured", () => {
  it("is nothing between runs of one plan on one server, whatever they came to", () => {
    const wanted = { thresholds: [{ source: "a", metric: "latency", expression: "p(95) < 1" }] };
    expect(differences([{ perSecond: 1 }], [{ perSecond: 2, plan: wanted }])).toEqual([]);
  });

  it("is told by its name with both values, what was run first", () => {
    const settings = { work_mem: "64MB", jit: "on" };
    const plan = { variant: "other", seed: 7, fixture: { documents: 1, references: 200_000 } };
    expect(
      differences(
        [{ settings: { work_mem: "4MB" } }],
        [{ settings, plan: { ...plan, ledger: true }, loadgen: "0.2.0" }],
      ),
    ).toEqual([
      "variant: current in the baseline, other in the candidate",
      "fixture documents: 2000 in the baseline, 1 in the candidate",
      "seed: 12345 in the baseline, 7 in the candidate",
      "ledger: false in the baseline, true in the candidate",
      "loadgen: 0.1.0 in the baseline, 0.2.0 in the candidate",
      "server setting work_mem: 4MB in the baseline, 64MB in the candidate",
      "server setting jit: not there in the baseline, on in the candidate",
    ]);
  });

  it("is told of few sides by their names, and of many as of all others", () => {
    const sides = ["a", "b", "c", "d", "e", "f"].map((name) => [name, "1"] as const);
    expect(differenceText(sides)).toBeNull();
    expect(differenceText([...sides, ["g", "2"]])).toBe("2 in g, 1 in all others");
    expect(differenceText([...sides.slice(3), ["g", "2"]])).toBe("1 in d and e and f, 2 in g");
  });

  it("is told within a side, too", () => {
    const seeds = [{ plan: { seed: 1 } }, { plan: { seed: 2 } }];
    expect(differences(seeds, seeds)).toEqual([
      "within the baseline, seed has 2 values: 1 and 2",
      "within the candidate, seed has 2 values: 1 and 2",
    ]);
  });

  it("is how much failed, too, for that is in no figure", () => {
    expect(differences([{}], [{ aborted: 12_345 }])).toEqual([
      "transactions that did not commit: 0 % in the baseline, 50 % in the candidate",
    ]);
  });

  it("is no problem where an older run.json lacks it", () => {
    const result = { ...storedAs("/old", {}).result, loadgen: undefined as never };
    const old = { folder: "/old", result };
    expect(comparability([old], [storedAs("/new", {})])).toEqual([
      "loadgen: not there in the baseline, 0.1.0 in the candidate",
    ]);
  });
});
