import { expect, it } from "vitest";
import { mattersFrom } from "../../src/compare/chance.ts";
import { comparedFigures } from "../../src/compare/figures.ts";
import { runsWanted } from "../../src/compare/runs-wanted.ts";

/** As many as that, with this deviation exactly. */
function runs(count: number, deviation: number) {
  // Half of them as far above as the others are below, for an even count.
  const away = deviation * Math.sqrt((count - 1) / count);
  return Array.from({ length: count }, (_, index) => ({
    throughput: Math.exp(index % 2 === 0 ? away : -away),
  }));
}

function verdictOf(count: number, deviation: number) {
  const side = runs(count, deviation);
  const given = { baseline: side, candidate: side, remembered: [], margin: 0.05 };
  return comparedFigures({ ...given, primary: "throughput" })[0]!.verdict;
}

it("so many runs a side are certain, and fewer are not", () => {
  const [deviation, wanted] = [0.045, 8];
  expect(runsWanted(deviation, mattersFrom(0.05))).toBe(wanted);
  expect([verdictOf(wanted, deviation), verdictOf(wanted - 2, deviation)]).toEqual([
    "same",
    "unstable",
  ]);
});

it("three runs a side are the least, and a hundred the most", () => {
  expect(runsWanted(0.001, 0.05)).toBe(3);
  expect(runsWanted(0.5, 0.05)).toBeNull();
});
