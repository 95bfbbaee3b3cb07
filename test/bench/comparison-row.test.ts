import { describe, expect, it } from "vitest";
import { comparisonCells, comparisonHeading, type Pair } from "../../bench/comparison-row.ts";

function pair(pgbenchUs: number, totalUs: number, netUs: number): Pair {
  return {
    pgbench: { cpuUs: pgbenchUs, perSecond: 200 },
    loadgen: { totalUs, netUs, perSecond: 190 },
  };
}

function cells(pairs: readonly Pair[]): Record<string, string | undefined> {
  const row = comparisonCells({ sessions: 32, fixedMsPerSecond: 12, pairs });
  return Object.fromEntries(comparisonHeading.map((title, index) => [title, row[index]]));
}

describe("a row of the comparison", () => {
  it("has medians, and the median of the pairs' own ratios", () => {
    // The medians of both sides are 100 and 300, of different pairs; no ratio is 3.
    const pairs = [pair(100, 250, 200), pair(50, 300, 250), pair(200, 350, 300)];
    expect(cells(pairs)).toEqual({
      sessions: "32",
      "pgbench us": "100",
      "loadgen us": "300",
      "fixed ms/s": "12",
      "net us": "250",
      "net/pgbench (min to max)": "2 (1.5 to 5)",
      "loadgen/pgbench (min to max)": "2.5 (1.75 to 6)",
      "pgbench tx/s": "200",
      "loadgen tx/s": "190",
      "tx/s ratio (min to max)": "0.95",
    });
  });

  it("leaves out ratios where there is no pgbench, and nothing else", () => {
    const alone: Pair = { ...pair(100, 250, 200), pgbench: null };
    expect(cells([alone])).toEqual({
      sessions: "32",
      "pgbench us": "–",
      "loadgen us": "250",
      "fixed ms/s": "12",
      "net us": "200",
      "net/pgbench (min to max)": "–",
      "loadgen/pgbench (min to max)": "–",
      "pgbench tx/s": "–",
      "loadgen tx/s": "190",
      "tx/s ratio (min to max)": "–",
    });
  });
});
