/** Sweeps of a known shape, with known noise. */
import { Random } from "../../src/core/random.ts";
import type { Point } from "../../src/scaling/series.ts";

/** Throughput at so many sessions, as a multiple of that of one. */
export type Shape = (sessions: number) => number;

export const law =
  (alpha: number, beta: number): Shape =>
  (sessions) =>
    sessions / (1 + alpha * (sessions - 1) + beta * sessions * (sessions - 1));

/** Follows the sessions up to there, and stays. */
export const capAt =
  (most: number): Shape =>
  (sessions) =>
    Math.min(sessions, most);

export const straight: Shape = (sessions) => sessions;
export const flat: Shape = () => 1;

export const manyCounts = [1, 2, 4, 6, 8, 12, 16, 24, 32, 48, 64, 100];

interface Sweep {
  readonly shape: Shape;
  /** 0.03: of each run 3 %. */
  readonly noise: number;
  readonly seed: number;
  readonly counts?: readonly number[];
  readonly repeats?: number;
}

/** One session alone: 100 transactions a second. */
export function sweepOf({ shape, noise, seed, counts = manyCounts, repeats = 2 }: Sweep): Point[] {
  const random = new Random(`synthetic/${seed}`);
  return counts.flatMap((sessions) =>
    Array.from({ length: repeats }, () => ({
      sessions,
      perSecond: 100 * shape(sessions) * Math.exp(noise * normal(random)),
    })),
  );
}

/** Nearly normal, of mean 0 and standard deviation 1: the sum of twelve uniform draws. */
export function normal(random: Random): number {
  let sum = -6;
  for (let draw = 0; draw < 12; draw++) sum += random.below(1_000_000) / 1_000_000;
  return sum;
}

export function seedsTo(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}
