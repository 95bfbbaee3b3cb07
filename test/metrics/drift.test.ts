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
const manySeeds = Array.from({ length: 1000 }, (_, index) => index);

function judged(series: readonly number[]): Exclude<Drift, { kind: "too-short" }> {
  const drift = driftOf(series);
  if (drift.kind === "too-short") throw new Error("too short");
  return drift;
}

describe("a steady series", () => {
  it.each([
    ["white noise", 0, 15, 1],
    ["white noise", 0, 20, 1],
    ["white noise", 0, 60, 1],
    ["noise in which a second resembles the one before it", 0.6, 14, 6],
    ["noise in which a second resembles the one before it", 0.6, 15, 14],
    ["noise in which a second resembles the one before it", 0.6, 20, 10],
    ["noise in which a second resembles the one before it", 0.6, 30, 4],
    ["noise in which a second resembles the one before it", 0.6, 60, 3],
  ])("of %s (phi %d, %d values) is called drifting in %d of 100", (_, phi, count, told) => {
    const drifts = manySeeds.map((seed) =>
      judged(wandering(`steady/${phi}/${count}/${seed}`, { count, phi, deviation: 20 })),
    );
    const found = drifts.filter(({ kind }) => kind === "drifting");
    // The price of finding steps where series are short: no more than is told, and no less.
    expect(Math.abs(found.length / 10 - told)).toBeLessThan(1.5);
    // By the trend alone, however small the change: no more than 7 of 100.
    expect(drifts.filter(({ p }) => p < 0.01).length).toBeLessThan(70);
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

  it("is told by the medians of its first and last third where these lie apart", () => {
    const falling = Array.from({ length: 21 }, (_, index) => 100 - index);
    expect(judged(falling)).toMatchObject({ kind: "drifting" });
    expect(judged(falling).change).toBeCloseTo(83 / 97 - 1, 12);
    expect(judged([...falling].reverse()).change).toBeCloseTo(97 / 83 - 1, 12);
  });

  it("is told by its trend, as a share of the median, where one value keeps them from it", () => {
    const falling = Array.from({ length: 21 }, (_, index) => (index === 20 ? 120 : 100 - index));
    expect(judged(falling)).toMatchObject({ kind: "drifting" });
    expect(judged(falling).p).toBeLessThan(0.01);
    expect(judged(falling).change).toBeCloseTo(-20 / 91, 12);
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
    // The middles of its thirds: from 95 to 75.
    expect(drift.change).toBeCloseTo(-20 / 95, 2);
  });
});

describe("a sudden step of 30 or 50 %, with 5 % noise,", () => {
  /** By `by` from the share `at` of the series on: in how many of 300 series it is found. */
  function foundOf({ by, at, count }: { by: number; at: number; count: number }) {
    return seeds.filter((seed) => {
      const noise = wandering(`step/${by}/${count}/${seed}`, { count, phi: 0, deviation: 5 });
      const drift = judged(noise.map((value, index) => (index < at * count ? value : value + by)));
      return drift.kind === "drifting" && Math.sign(drift.change) === Math.sign(by);
    }).length;
  }

  it.each([15, 20, 60])("is found halfway in all of 300 series of %i values", (count) => {
    for (const by of [30, -30, 50, -50]) expect(foundOf({ by, at: 0.5, count })).toBe(300);
  });

  it.each([0.35, 0.65])("is found as well where it comes at %d of the series", (at) => {
    expect(foundOf({ by: -30, at, count: 20 })).toBe(300);
  });

  // What it does not see, so that nobody takes it for more than it is.
  it.each([
    ["by 50 % halfway in 14 values", { by: 50, at: 0.5, count: 14 }],
    ["by 30 % halfway in 10 values", { by: 30, at: 0.5, count: 10 }],
    ["by 30 % after a fifth of 20 values", { by: -30, at: 0.2, count: 20 }],
    ["by 30 % before the last fifth of 20 values", { by: -30, at: 0.8, count: 20 }],
  ])("%s is missed in more than four of five", (_, step) => {
    expect(foundOf(step)).toBeLessThan(60);
  });

  it("is told by how much the medians of first and last third differ, as no chance", () => {
    const step = Array.from({ length: 15 }, (_, index) => (index < 7 ? 100 : 150) + (index % 3));
    expect(judged(step)).toMatchObject({ kind: "drifting", change: 151 / 101 - 1 });
    expect(judged(step).p).toBeLessThanOrEqual(0.01);
  });

  it("does not matter where it is small", () => {
    const by = (height: number) =>
      judged(Array.from({ length: 20 }, (_, index) => (index < 10 ? 100 : 100 + height))).kind;
    expect([by(9), by(-9), by(11), by(-11)]).toEqual(["steady", "steady", "drifting", "drifting"]);
  });

  it("is none where one value of the last third lies among the first", () => {
    const step = Array.from({ length: 20 }, (_, index) => (index < 10 ? 100 : 150) + (index % 3));
    expect(judged(step).kind).toBe("drifting");
    expect(judged(step.with(17, 101)).kind).toBe("steady");
  });

  it("from nothing is told by a finite share, and one to nothing as -1", () => {
    const begun = Array.from({ length: 20 }, (_, index) => (index < 10 ? 0 : 100 + (index % 3)));
    expect(judged(begun).change).toBeLessThan(10);
    expect(judged([...begun].reverse())).toMatchObject({ kind: "drifting", change: -1 });
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
