import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { comparedFigures } from "../../src/compare/figures.ts";
import type { ComparedVerdict } from "../../src/compare/result.ts";
import { namedStream } from "../../src/core/random.ts";
import type { Figures } from "../../src/run/figures.ts";

const value = fc.double({ min: 50, max: 200, noNaN: true });
const sideOfRuns = fc.array(value, { minLength: 1, maxLength: 6 });
/** Enough that something is known, and not all equal. */
const memory = fc
  .array(fc.double({ min: 0.9, max: 1.1, noNaN: true }), { minLength: 4, maxLength: 20 })
  .filter((values) => Math.max(...values) / Math.min(...values) > 1.001);

interface Sides {
  readonly baseline: readonly number[];
  readonly candidate: readonly number[];
  readonly remembered: readonly number[];
}

function judged({ baseline, candidate, remembered }: Sides, primary: "throughput" | "p99") {
  const runs = (values: readonly number[]): Figures[] => values.map((one) => ({ [primary]: one }));
  const [figure] = comparedFigures({
    baseline: runs(baseline),
    candidate: runs(candidate),
    remembered: [runs(remembered)],
    primary,
    margin: 0.05,
  });
  return figure!;
}

const opposite: Readonly<Record<ComparedVerdict, ComparedVerdict>> = {
  same: "same",
  faster: "slower",
  slower: "faster",
  unstable: "unstable",
};

const sides = fc.record({ baseline: sideOfRuns, candidate: sideOfRuns, remembered: memory });

/** What adding logarithms and the series behind Student's distribution may be off by. */
const roundingMax = 1e-9;

/** Verdicts next to a limit may fall on either side of it by a rounding error. */
const isClear = ({ low, high, ratio }: ReturnType<typeof judged>) => {
  const [half, matters] = [Math.log((high ?? 1) / ratio), Math.log(1.05)];
  const limits = [matters, half, matters - half];
  return (
    low !== null && limits.every((limit) => Math.abs(Math.abs(Math.log(ratio)) - limit) > 1e-6)
  );
};

describe("a comparison", () => {
  it("of the sides swapped has the inverse ratio and the opposite verdict", () => {
    fc.assert(
      fc.property(sides, (given) => {
        const one = judged(given, "throughput");
        fc.pre(isClear(one));
        const swapped = { ...given, baseline: given.candidate, candidate: given.baseline };
        const other = judged(swapped, "throughput");
        expect(other.ratio).toBeCloseTo(1 / one.ratio, 8);
        expect(other.low).toBeCloseTo(1 / one.high!, 8);
        expect(other.verdict).toBe(opposite[one.verdict]);
      }),
    );
  });

  it("of times has the opposite verdict of one of rates", () => {
    fc.assert(
      fc.property(sides, (given) => {
        const [rate, time] = [judged(given, "throughput"), judged(given, "p99")];
        expect(time.verdict).toBe(opposite[rate.verdict]);
      }),
    );
  });

  it("does not depend on the unit", () => {
    fc.assert(
      fc.property(sides, fc.double({ min: 0.001, max: 1000, noNaN: true }), (given, unit) => {
        const one = judged(given, "throughput");
        fc.pre(isClear(one));
        const scaled = (values: readonly number[]) => values.map((each) => each * unit);
        const other = judged(
          {
            baseline: scaled(given.baseline),
            candidate: scaled(given.candidate),
            remembered: scaled(given.remembered),
          },
          "throughput",
        );
        expect(other.ratio).toBeCloseTo(one.ratio, 8);
        expect(other.high).toBeCloseTo(one.high!, 8);
        expect(other.verdict).toBe(one.verdict);
      }),
    );
  });

  it("with more noise has a wider interval, and is never certain where it was not", () => {
    const noisier = fc.double({ min: 1.01, max: 5, noNaN: true });
    fc.assert(
      fc.property(value, value, memory, noisier, (before, after, remembered, factor) => {
        const one = { baseline: [before], candidate: [after], remembered };
        const more = remembered.map((each) => each ** factor);
        const [calm, loud] = [judged(one, "p99"), judged({ ...one, remembered: more }, "p99")];
        expect(loud.high! / loud.low!).toBeGreaterThan(calm.high! / calm.low!);
        expect(loud.p).toBeGreaterThanOrEqual(calm.p! - roundingMax);
        if (calm.verdict === "unstable") expect(loud.verdict).toBe("unstable");
        // Nor does it turn from one certainty to another.
        else expect([calm.verdict, "unstable"]).toContain(loud.verdict);
      }),
    );
  });

  it("holds its ratio in the interval, and calls nothing certain that is within it", () => {
    fc.assert(
      fc.property(sides, (given) => {
        const { low, high, ratio, verdict } = judged(given, "throughput");
        expect(low! / ratio).toBeLessThanOrEqual(1 + roundingMax);
        expect(ratio / high!).toBeLessThanOrEqual(1 + roundingMax);
        if (verdict === "faster") expect(low).toBeGreaterThan(1);
        if (verdict === "slower") expect(high).toBeLessThan(1);
        if (verdict === "same") {
          expect(high).toBeLessThanOrEqual(1.05 + roundingMax);
          expect(low).toBeGreaterThanOrEqual(1 / 1.05 - roundingMax);
        }
      }),
    );
  });
});

describe("a change that matters", () => {
  it.each([
    [3, 0.01],
    [5, 0.02],
    [5, 0.03],
  ])("of 6 %, where 5 % matters, is hardly ever the same: %d runs a side", (count, deviation) => {
    const trials = 400;
    const random = namedStream(1, "equivalence", count, deviation);
    const near = (mean: number) =>
      // Twelve uniform ones add up to a deviation of 1 about a mean of 6.
      mean * Math.exp(deviation * (sum(12, () => random.below(1e6) / 1e6) - 6));
    const verdicts = Array.from({ length: trials }, () => {
      const [baseline, candidate] = [100, 106].map((mean) =>
        Array.from({ length: count }, () => near(mean)),
      );
      const sides = { baseline: baseline!, candidate: candidate!, remembered: [1] };
      return judged(sides, "throughput").verdict;
    });
    const same = verdicts.filter((verdict) => verdict === "same").length;
    expect(same / trials).toBeLessThanOrEqual(0.025);
  });
});

function sum(count: number, of: () => number): number {
  return Array.from({ length: count }, of).reduce((total, one) => total + one, 0);
}
