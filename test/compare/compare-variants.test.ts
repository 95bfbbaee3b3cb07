import { describe, expect, it } from "vitest";
import { type ByRound, comparedVariants } from "../../src/compare/compare-variants.ts";
import type { VariantFigureKind } from "../../src/compare/variant-figures.ts";

const rows: VariantFigureKind = {
  ...{ name: "dead rows", unit: "rows", better: "lower", margin: 0.05, least: 0.5 },
};
const speed: VariantFigureKind = {
  ...{ name: "throughput", unit: "/s", better: "higher", margin: 0.05, least: 0 },
};

/** The second variant's. */
function judged(kind: VariantFigureKind, first: ByRound, ...others: readonly ByRound[]) {
  const values = [first, ...others].map((one, index) => ({ variant: `v${index}`, values: one }));
  return comparedVariants(kind, values).variants.slice(1);
}

function verdicts(kind: VariantFigureKind, first: ByRound, ...others: readonly ByRound[]) {
  return judged(kind, first, ...others).map(({ verdict }) => verdict);
}

const first = [100, 101, 99, 100];

describe("a variant's figure against the first's", () => {
  it("is better or worse by which way is better, where chance does not explain it", () => {
    const twice = [201, 200, 199, 200];
    expect(verdicts(speed, first, twice)).toEqual(["better"]);
    expect(verdicts(rows, first, twice)).toEqual(["worse"]);
    expect(verdicts(speed, twice, first)).toEqual(["worse"]);
    const [one] = judged(speed, first, twice);
    expect(one?.change).toMatchObject({ kind: "ratio", matters: 0.05, rounds: 4 });
    expect(one?.change?.value).toBeCloseTo(2, 2);
    expect(one?.mean).toBeCloseTo(200, 0);
  });

  it("is the same where both are, be it that a change is certain and too small to matter", () => {
    expect(verdicts(speed, first, first)).toEqual(["same"]);
    expect(
      verdicts(
        speed,
        first,
        first.map((value) => value * 1.01),
      ),
    ).toEqual(["same"]);
  });

  it("is unclear where chance could make a change that matters", () => {
    const [one] = judged(speed, first, [80, 130, 95, 104]);
    expect(one).toMatchObject({
      verdict: "unclear",
      why: "its interval reaches past what matters",
    });
  });

  it("is held against the first of the same round: what disturbed both is no noise", () => {
    const slowRounds = [100, 50, 200, 25];
    const [one] = judged(
      speed,
      slowRounds,
      slowRounds.map((value) => value * 1.2),
    );
    expect(one?.verdict).toBe("better");
    const other = judged(speed, slowRounds, [60, 240, 30, 120]);
    expect(other[0]?.verdict).toBe("unclear");
  });

  it("has Student's interval of the logarithms' differences", () => {
    // Differences ln 1.1, ln 1.2, ln 1.3, ln 1.4; t(0.975, 3) = 3.182446.
    const [one] = judged(speed, [1, 1, 1, 1], [1.1, 1.2, 1.3, 1.4]);
    const logs = [1.1, 1.2, 1.3, 1.4].map(Math.log);
    const mean = logs.reduce((sum, log) => sum + log) / 4;
    const deviation = Math.sqrt(logs.reduce((sum, log) => sum + (log - mean) ** 2, 0) / 3);
    const half = (3.182446 * deviation) / 2;
    expect(one?.change?.low).toBeCloseTo(Math.exp(mean - half), 5);
    expect(one?.change?.high).toBeCloseTo(Math.exp(mean + half), 5);
  });

  it("is a difference where one of them is 0, and what is almost nothing does not matter", () => {
    const [one] = judged(rows, [50, 50, 50, 51], [0, 0, 0.2, 0]);
    expect(one).toMatchObject({ verdict: "better", change: { kind: "difference" } });
    expect(one?.change?.value).toBeCloseTo(-50.2, 5);
    expect(one?.change?.matters).toBeCloseTo(0.05 * 50.25, 5);
    expect(one?.low).toBe(0);
    expect(verdicts(rows, [0, 0, 0, 0], [0.1, 0, 0.1, 0.1])).toEqual(["same"]);
    expect(verdicts(rows, [0, 0, 0, 0], [0, 0, 0, 0])).toEqual(["same"]);
    expect(verdicts({ ...rows, least: 0 }, [0, 0, 0, 0], [0, 0, 0, 0])).toEqual(["same"]);
    expect(verdicts(rows, [0, 0, 0, 0], [5, 5.1, 5, 5])).toEqual(["worse"]);
  });

  it("is of one kind in all of a row, and of the same rounds", () => {
    const [some, none] = judged(rows, [50, 50, 50, 60], [100, 90, 110, 100], [0, 0, 0, 0]);
    expect([some?.change?.kind, none?.change?.kind]).toEqual(["difference", "difference"]);
    expect(some?.mean).toBe(100);
    expect(some?.change?.value).toBe(100 - 52.5);
    // A variant that was measured in no round leaves the others theirs.
    const [other] = judged(rows, [1, 2, null, 4], [1, 2, 3, 4], [null, null, null, null]);
    expect(other?.change).toMatchObject({ rounds: 3, value: 1 });
    expect(other?.mean).toBeCloseTo(2, 10);
  });

  it("is unclear with too few rounds, and says so", () => {
    const [one] = judged(speed, [100, 101, 99], [200, 201, 199]);
    expect(one).toMatchObject({
      verdict: "unclear",
      why: "too few rounds: 3 with all, where it takes 4",
      change: { low: null, high: null, p: null },
    });
    // A round that one of them lacks is none.
    expect(judged(speed, first, [200, null, 200, 201])[0]?.why).toMatch(/^too few rounds: 3/);
  });

  it("is unclear where it was not measured", () => {
    const nothing = [null, null, null, null];
    for (const [one, other] of [
      [first, nothing],
      [nothing, first],
    ] as const) {
      expect(judged(speed, one, other)[0]).toMatchObject({
        verdict: "unclear",
        why: "throughput was not measured of both",
        change: null,
      });
    }
  });

  it("is corrected for there being several variants", () => {
    const nearly = [104, 112, 103, 110];
    const [alone] = judged(speed, first, nearly);
    const [among] = judged(speed, first, nearly, nearly, nearly);
    expect(alone?.change?.correctedP).toBe(alone?.change?.p);
    expect(among?.change?.correctedP).toBeCloseTo(3 * (among?.change?.p ?? 0), 10);
    expect([alone?.verdict, among?.verdict]).toEqual(["better", "unclear"]);
  });
});
