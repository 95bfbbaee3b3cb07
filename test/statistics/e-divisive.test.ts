import { describe, expect, it } from "vitest";
import { namedStream } from "../../src/core/random.ts";
import { changePoints } from "../../src/statistics/e-divisive.ts";

/** Values around each level in turn, with so much noise; the sum of twelve draws is as good as normal. */
function series(
  seed: number,
  levels: readonly (readonly [level: number, count: number])[],
  noise = 0.03,
): number[] {
  const random = namedStream(seed, "series");
  const normal = () => {
    const draws = Array.from({ length: 12 }, () => random.below(1_000_000) / 1_000_000);
    return draws.reduce((sum, draw) => sum + draw, -6);
  };
  return levels.flatMap(([level, count]) =>
    Array.from({ length: count }, () => level * (1 + noise * normal())),
  );
}

const seeds = Array.from({ length: 40 }, (_, seed) => seed);

describe("change points", () => {
  it("are hardly ever found in noise", () => {
    const found = seeds.filter((seed) => changePoints(series(seed, [[100, 40]]), seed).length > 0);
    // One in a hundred is promised; of 40 series three are found once in 2 000 times.
    expect(found.length).toBeLessThanOrEqual(2);
  });

  it("are found where a level moves by 10 % amid noise of 3 %, to two nights", () => {
    for (const seed of seeds) {
      const found = changePoints(
        series(seed, [
          [100, 25],
          [110, 15],
        ]),
        seed,
      );
      expect(found.length, `seed ${seed}: ${found.join()}`).toBeGreaterThanOrEqual(1);
      expect(
        found.some((at) => Math.abs(at - 25) <= 2),
        `seed ${seed}: ${found.join()}`,
      ).toBe(true);
    }
  });

  it("are found where a level moved and moved back", () => {
    for (const seed of seeds.slice(0, 10)) {
      const levels = [
        [100, 20],
        [85, 20],
        [100, 20],
      ] as const;
      const found = changePoints(series(seed, levels), seed);
      for (const place of [20, 40]) {
        expect(
          found.some((at) => Math.abs(at - place) <= 2),
          `seed ${seed}: ${found.join()}`,
        ).toBe(true);
      }
    }
  });

  it("are the same for values in another unit, and seen from the other end", () => {
    const values = series(7, [
      [100, 20],
      [120, 20],
    ]);
    const found = changePoints(values, 1);
    expect(found).toEqual([20]);
    expect(
      changePoints(
        values.map((value) => 1000 * value + 7),
        1,
      ),
    ).toEqual(found);
    expect(changePoints([...values].reverse(), 1)).toEqual([20]);
  });

  it("are none in values that never differ, nor in too few", () => {
    expect(changePoints(new Array<number>(40).fill(5), 1)).toEqual([]);
    expect(changePoints([], 1)).toEqual([]);
    expect(changePoints([1, 1, 9], 1)).toEqual([]);
  });

  it("are not seen in a single value, however far off", () => {
    expect(changePoints([...series(3, [[100, 39]]), 300], 1)).toEqual([]);
  });
});
