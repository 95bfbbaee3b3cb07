import { describe, expect, it } from "vitest";
import { comparedFigures } from "../../src/compare/figures.ts";
import type { Figures } from "../../src/run/figures.ts";

function runs(...throughputs: readonly number[]): readonly Figures[] {
  return throughputs.map((throughput) => ({ throughput }));
}

function compared(
  baseline: readonly Figures[],
  candidate: readonly Figures[],
  remembered: readonly Figures[] = [],
  margin: number | null = null,
) {
  const given = { baseline, candidate, remembered: [remembered], primary: "throughput", margin };
  const [first] = comparedFigures(given);
  return first!;
}

/** A deviation of about one percent. */
const quiet = [99, 100, 101, 100, 99, 101, 100, 98.5, 101.5, 100];
const loud = [80, 120, 100, 90, 110, 85, 115, 100];

describe("a figure of two sides", () => {
  it("is the same where equal runs differ as much", () => {
    const { verdict, ratio, low, high } = compared(runs(100), runs(101), runs(...quiet));
    expect(verdict).toBe("same");
    expect(ratio).toBeCloseTo(1.01, 10);
    expect([low! < 1.01, high! > 1.01, low! > 0.95, high! < 1.05]).toEqual(Array(4).fill(true));
  });

  it("is slower where runs never differ as much, and faster the other way", () => {
    expect(compared(runs(100), runs(90), runs(...quiet)).verdict).toBe("slower");
    expect(compared(runs(90), runs(100), runs(...quiet)).verdict).toBe("faster");
  });

  it("is unstable where equal runs differ so much that nothing could be seen", () => {
    expect(compared(runs(100), runs(90), runs(...loud)).verdict).toBe("unstable");
    expect(compared(runs(100), runs(100), runs(...loud)).verdict).toBe("unstable");
    // What is far beyond all noise is seen all the same.
    expect(compared(runs(100), runs(30), runs(...loud)).verdict).toBe("slower");
  });

  it("is unstable where nothing tells how much equal runs differ", () => {
    const { verdict, low, high, p } = compared(runs(100), runs(50));
    expect({ verdict, low, high, p }).toEqual({
      verdict: "unstable",
      low: null,
      high: null,
      p: null,
    });
    expect(compared(runs(100, 101), runs(50)).verdict).toBe("unstable");
  });

  it("needs no remembered runs where each side has several", () => {
    expect(compared(runs(100, 101, 99), runs(90, 91, 89)).verdict).toBe("slower");
    expect(compared(runs(100, 101, 99), runs(100, 99, 101)).verdict).toBe("same");
  });

  it("is the same where it surely changed, but by less than matters", () => {
    expect(compared(runs(100, 100.1, 99.9), runs(98, 98.1, 97.9)).verdict).toBe("same");
    expect(compared(runs(100, 100.1, 99.9), runs(98, 98.1, 97.9), [], 0.01).verdict).toBe("slower");
  });

  it("takes more time for worse", () => {
    const of = (...values: number[]) => values.map((p99) => ({ p99 }));
    const given = { remembered: [], primary: "p99", margin: null };
    const [p99] = comparedFigures({
      baseline: of(100, 101, 102),
      candidate: of(200, 201, 202),
      ...given,
    });
    expect(p99).toMatchObject({ verdict: "slower", primary: true, better: "lower" });
  });

  it("is compared among others at Holm's level, the primary one at its own", () => {
    // Alone, p is about 0.03: below 0.05, and above it times eight.
    const others = ["mean", "p50", "p95", "p99", "WAL per transaction"] as const;
    const run = (value: number) =>
      Object.fromEntries(["throughput", ...others].map((name) => [name, value]));
    const figures = comparedFigures({
      baseline: [100, 110, 120].map(run),
      candidate: [140, 150, 132].map(run),
      remembered: [],
      primary: "throughput",
      margin: null,
    });
    const [first, ...rest] = figures;
    expect(first).toMatchObject({ name: "throughput", verdict: "faster" });
    expect(first!.correctedP).toBe(first!.p);
    expect(rest.map(({ p, correctedP }) => [p, correctedP])).toEqual(
      rest.map(() => [first!.p, Math.min(1, first!.p! * others.length)]),
    );
    expect(new Set(rest.map(({ verdict }) => verdict))).toEqual(new Set(["unstable"]));
  });

  it("is left out where a run lacks it", () => {
    expect(
      comparedFigures({
        baseline: [{ throughput: 1, p99: 1 }],
        candidate: [{ throughput: 1 }],
        remembered: [],
        primary: "throughput",
        margin: null,
      }).map(({ name }) => name),
    ).toEqual(["throughput"]);
  });
});
