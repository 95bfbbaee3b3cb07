import { describe, expect, it } from "vitest";
import { Random } from "../../src/core/random.ts";
import { misfitOf, noiseOf, resampled, type Series, seriesOf } from "../../src/scaling/series.ts";
import { flat, seedsTo, straight, sweepOf } from "./synthetic.ts";

function fit(points: Parameters<typeof seriesOf>[0]): Series {
  const series = seriesOf(points);
  if ("problem" in series) throw new Error(series.problem);
  return series;
}

const squares = (values: readonly number[]) => values.reduce((sum, value) => sum + value ** 2, 0);

describe("the noise between equal runs", () => {
  it("is pooled over all counts, as by hand", () => {
    const noise = noiseOf([
      { sessions: 1, perSecond: 100 },
      { sessions: 2, perSecond: 200 },
      { sessions: 1, perSecond: 100 * Math.exp(0.02) },
      { sessions: 2, perSecond: 200 * Math.exp(0.04) },
    ])!;
    // Around their means -0.01 and 0.01, -0.02 and 0.02; two degrees of freedom.
    expect(noise.degreesOfFreedom).toBe(2);
    expect(noise.variation).toBeCloseTo(Math.sqrt(0.001 / 2), 12);
    // Rescaled by √(4/2), and to Student's 4.303 instead of 1.96, which the series gives to 3 %.
    expect(noise.residuals[3]! / (0.02 * Math.SQRT2)).toBeCloseTo(0.97 * (4.303 / 1.96), 1);
    expect(noise.residuals.map((value) => value / noise.residuals[1]!)).toEqual(
      [-1, 1, -2, 2].map((value) => expect.closeTo(value, 9) as number),
    );
  });

  it.each([0.02, 0.2])("of %d is found, whatever the throughput", (told) => {
    const found = seedsTo(50).map(
      (seed) => noiseOf(sweepOf({ shape: straight, noise: told, seed }))!.variation,
    );
    const root = Math.sqrt(squares(found) / found.length);
    expect(root / told).toBeGreaterThan(0.93);
    expect(root / told).toBeLessThan(1.07);
  });

  it("is drawn a little wider with few repeats, by Student's factor", () => {
    // 97.5 % points of t, by that of the normal distribution.
    for (const [counts, t] of [
      [[1, 2, 4, 8], 2.776],
      [[1, 2, 4, 8, 16, 32, 64, 128, 256, 512], 2.228],
    ] as const) {
      const noise = noiseOf(sweepOf({ shape: flat, noise: 0.05, seed: 1, counts }))!;
      const size = Math.sqrt(squares(noise.residuals) / noise.residuals.length);
      expect(size / noise.variation).toBeCloseTo(t / 1.959964, 2);
    }
  });

  it("is never below half a per cent: two runs agree that well by chance", () => {
    const equal = noiseOf(sweepOf({ shape: flat, noise: 0, seed: 1 }))!;
    expect(equal.variation).toBe(0.005);
    expect(Math.max(...equal.residuals)).toBeGreaterThan(0.005);
    const nearly = noiseOf(sweepOf({ shape: flat, noise: 0.0001, seed: 1 }))!;
    expect(nearly.variation).toBe(0.005);
    expect(Math.max(...nearly.residuals)).toBeGreaterThan(0.005);
  });

  it("is unknown where no count ran twice, or nothing was committed", () => {
    expect(noiseOf([])).toBeNull();
    expect(noiseOf(sweepOf({ shape: flat, noise: 0.1, seed: 1, repeats: 1 }))).toBeNull();
    expect(noiseOf(sweepOf({ shape: () => 0, noise: 0.1, seed: 1 }))).toBeNull();
  });
});

describe("a series", () => {
  it("is in order of sessions, with the geometric mean of each count", () => {
    const points = sweepOf({ shape: straight, noise: 0, seed: 1, counts: [8, 1, 4, 2] });
    const { levels } = fit([...points, { sessions: 2, perSecond: 1600 }]);
    expect(levels.map(({ sessions, runs }) => [sessions, runs])).toEqual([
      [1, 2],
      [2, 3],
      [4, 2],
      [8, 2],
    ]);
    expect(Math.exp(levels[1]!.mean)).toBeCloseTo(400, 9);
  });

  it.each([
    ["fewer than four counts", sweepOf({ shape: flat, noise: 0.1, seed: 1, counts: [1, 2, 4] })],
    ["no repeats", sweepOf({ shape: flat, noise: 0.1, seed: 1, repeats: 1 })],
    ["a count that ran once", sweepOf({ shape: flat, noise: 0.1, seed: 1 }).slice(1)],
    ["a run without a commit", sweepOf({ shape: flat, noise: 0.1, seed: 1 }).with(3, idle(2))],
    ["nothing", []],
  ])("cannot be made of %s, and says why", (_, points) => {
    expect(seriesOf(points)).toHaveProperty("problem", expect.stringMatching(/\w{5}/));
  });

  it("made once more differs by the noise, around what was expected", () => {
    const series = fit(sweepOf({ shape: flat, noise: 0.03, seed: 2, repeats: 3 }));
    const expected = series.levels.map(({ sessions }) => sessions);
    const random = new Random("again");
    const again = seedsTo(200).map(() => resampled(series, expected, random));
    const misfits = again.map(({ levels }) => misfitOf(levels, expected) / levels.length);
    const drawn = squares(series.noise.residuals) / series.noise.residuals.length;
    expect(mean(misfits) / drawn).toBeCloseTo(1, 1);
    expect(mean(again.map(({ variance }) => variance)) / drawn).toBeCloseTo(1, 1);
  });
});

function idle(sessions: number) {
  return { sessions, perSecond: 0 };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
