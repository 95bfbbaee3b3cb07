import { describe, expect, it } from "vitest";
import { Random } from "../../src/core/random.ts";
import {
  correlationFactor,
  type Drift,
  driftOf,
  kendall,
  twoSidedP,
} from "../../src/metrics/drift.ts";

/** Nearly normal, of mean 0 and standard deviation 1: the sum of twelve uniform draws. */
function normal(random: Random): number {
  let sum = -6;
  for (let draw = 0; draw < 12; draw++) sum += random.below(1_000_000) / 1_000_000;
  return sum;
}

/** A series about 100 in which each value keeps the share `phi` of the one before it. */
function wandering(key: string, shape: { count: number; phi: number; deviation: number }) {
  const random = new Random(key);
  let state = normal(random);
  return Array.from({ length: shape.count }, () => {
    const value = 100 + shape.deviation * state;
    state = shape.phi * state + Math.sqrt(1 - shape.phi ** 2) * normal(random);
    return value;
  });
}

const seeds = Array.from({ length: 300 }, (_, index) => index);

function judged(series: readonly number[]): Exclude<Drift, { kind: "too-short" }> {
  const drift = driftOf(series);
  if (drift.kind === "too-short") throw new Error("too short");
  return drift;
}

describe("a steady series", () => {
  it.each([
    ["white noise", 0, 20],
    ["white noise", 0, 120],
    ["noise in which a second resembles the one before it", 0.6, 30],
    ["noise in which a second resembles the one before it", 0.6, 120],
  ])("of %s (phi %d, %d values) is called drifting in fewer than 15 of 300", (_, phi, count) => {
    const drifts = seeds.map((seed) =>
      judged(wandering(`steady/${phi}/${count}/${seed}`, { count, phi, deviation: 30 })),
    );
    expect(drifts.filter(({ kind }) => kind === "drifting").length).toBeLessThan(15);
    // Nor is it only that their changes are too small.
    expect(drifts.filter(({ p }) => p < 0.01).length).toBeLessThan(15);
  });

  it("would be called drifting far more often if its seconds were taken for independent", () => {
    const found = seeds.filter((seed) => {
      const series = wandering(`steady/0.6/30/${seed}`, { count: 30, phi: 0.6, deviation: 30 });
      const { score, variance } = kendall(series);
      return twoSidedP((Math.abs(score) - 1) / Math.sqrt(variance)) < 0.01;
    });
    expect(found.length).toBeGreaterThan(30);
  });

  it("of a falling trend that is clear but small stays steady", () => {
    const drift = judged(Array.from({ length: 20 }, (_, index) => 1000 - 5 * index));
    expect(drift.kind).toBe("steady");
    expect(drift.p).toBeLessThan(0.01);
    expect(drift.change).toBeCloseTo(-95 / 952.5, 12);
  });

  it("of a large change that chance explains stays steady", () => {
    const drift = judged([50, 180, 20, 160, 90, 200, 30, 170, 120, 190]);
    expect(drift.kind).toBe("steady");
    expect(drift.change).toBeGreaterThan(0.1);
    expect(drift.p).toBeGreaterThan(0.1);
  });

  it.each([0, 7, 0.1])("of nothing but %d has neither change nor trend", (value) => {
    const constant = { kind: "steady", change: 0, p: 1 };
    expect(driftOf(new Array<number>(20).fill(value))).toEqual(constant);
  });

  it("may slow down for a while and recover", () => {
    const dip = Array.from({ length: 30 }, (_, index) => (index >= 12 && index < 18 ? 20 : 100));
    expect(judged(dip.map((value, index) => value + (index % 3))).kind).toBe("steady");
  });
});

describe("a drifting series", () => {
  it("is found in at least 95 of 100 that fall by 30 % in 20 values, with 5 % noise", () => {
    const found = seeds.slice(0, 100).filter((seed) => {
      const noise = wandering(`fall/${seed}`, { count: 20, phi: 0, deviation: 5 });
      const drift = judged(noise.map((value, index) => value - (30 * index) / 19));
      return drift.kind === "drifting" && drift.change < 0;
    });
    expect(found.length).toBeGreaterThanOrEqual(95);
  });

  it("is told by its change from start to end, as a share of the median", () => {
    const falling = Array.from({ length: 20 }, (_, index) => 100 - (30 * index) / 19);
    expect(judged(falling)).toMatchObject({ kind: "drifting" });
    expect(judged(falling).change).toBeCloseTo(-30 / 85, 12);
    expect(judged([...falling].reverse()).change).toBeCloseTo(30 / 85, 12);
  });

  it("is tested as by hand where neighbours are apart", () => {
    // 40 pairs rise and 5 fall: 35. The median slope is 1. (35 - 1) / √125 = 3.0411.
    const drift = judged([2, 1, 4, 3, 6, 5, 8, 7, 10, 9]);
    expect(drift.kind).toBe("drifting");
    expect(drift.change).toBeCloseTo(9 / 5.5, 12);
    expect(drift.p).toBeCloseTo(0.002357, 5);
  });

  it("is found however long: ten hours of seconds", () => {
    const random = new Random("long");
    const series = Array.from(
      { length: 36_000 },
      (_, index) => 100 - index / 1200 + normal(random),
    );
    const drift = judged(series);
    expect(drift.kind).toBe("drifting");
    expect(drift.change).toBeCloseTo(-30 / 85, 2);
  });
});

describe("a series in which most seconds saw nothing", () => {
  it("changes by the means of its halves", () => {
    const sinking = [9, 0, 8, 7, 0, 6, 5, 4, 0, 3, 2, 0, 0, 1, 0, 0, 0, 0, 0, 0];
    expect(judged(sinking)).toMatchObject({ kind: "drifting", change: (3 - 42) / 42 });
    expect(judged([...sinking].reverse()).change).toBe((42 - 3) / 42);
    // The value in the middle belongs to neither half.
    expect(judged([0, 0, 1, 0, 0, 9, 0, 3, 0, 0, 0]).change).toBe((3 - 1) / 3);
    expect(judged([0, 0, 0, 0, 0, 9, 0, 0, 0, 0, 0]).change).toBe(0);
  });

  it("is steady where they come now and then", () => {
    const now = [0, 1, 0, 0, 1, 0, 0, 0, 1, 0, 1, 0, 0, 1, 0, 0, 0, 1, 0, 0];
    expect(judged(now).kind).toBe("steady");
  });
});

describe("a series that is too short", () => {
  it("is not judged below ten values", () => {
    expect(driftOf([])).toEqual({ kind: "too-short", needed: 10, count: 0 });
    expect(driftOf([9, 8, 7, 6, 5, 4, 3, 2, 1])).toMatchObject({ kind: "too-short", count: 9 });
    expect(driftOf([10, 9, 8, 7, 6, 5, 4, 3, 2, 1]).kind).toBe("drifting");
  });
});

describe("what the test is made of", () => {
  it("scores and ties as in the literature (EPA QA/G-9S, 2006, a trend test with ties)", () => {
    const { score, variance } = kendall([10, 10, 10, 5, 10, 20, 18, 17, 15, 24, 15]);
    // 11 values, of which four are 10 and two are 15: (11·10·27 - 4·3·13 - 2·1·9) / 18.
    expect(score).toBe(22);
    expect(variance).toBeCloseTo(2796 / 18, 12);
    expect((score - 1) / Math.sqrt(variance)).toBeCloseTo(1.685, 3);
  });

  it("widens the variance by the correlation of what is left without the trend", () => {
    // Left: 1, 1, -1, -1; from one to the next (1 - 1 + 1) / 4 = 0.25.
    const factor = 1 + 2 * (0.75 * 0.25 + 0.5 * 0.25 ** 2 + 0.25 * 0.25 ** 3);
    expect(correlationFactor([1, 1, -1, -1], 0)).toBeCloseTo(factor, 12);
    expect(correlationFactor([11, 21, 29, 39], 10)).toBeCloseTo(factor, 12);
  });

  it("never narrows it", () => {
    expect(correlationFactor([1, -1, 1, -1], 0)).toBe(1);
    expect(correlationFactor([3, 3, 3], 0)).toBe(1);
  });

  it("knows the tails of the normal distribution", () => {
    const table: readonly [number, number][] = [
      [0, 1],
      [1, 0.3173105],
      [1.959964, 0.05],
      [2.5758293, 0.01],
      [4, 0.0000633],
    ];
    for (const [z, p] of table) expect(Math.abs(twoSidedP(z) - p)).toBeLessThan(2e-7);
  });
});
