/**
 * Means of few runs, one or two, with intervals: how much equal runs differ is known from all runs
 * of the sweep together, not from these few.
 */
import { namedStream, type Random } from "../core/random.ts";
import { type Interval, intervalAround, repeated } from "./resample.ts";
import { meanOf } from "../statistics/spread.ts";
import type { Noise } from "./series.ts";

/** How much equal runs differ, and the seed of the draws from it. */
export interface Chance {
  readonly noise: Noise;
  readonly seed: number;
}

export interface Mean extends Interval {
  /** Geometric, since noise is proportional. */
  readonly mean: number;
}

/**
 * By what factor throughput changed, from runs `before` to runs `after`, transactions a second. Null
 * where a run committed nothing: no factor leads there, or from there.
 */
export function ratioOf(
  before: readonly number[],
  after: readonly number[],
  { noise, seed }: Chance,
): Mean | null {
  if (!isPositive(before) || !isPositive(after)) return null;
  const random = namedStream(seed, "scaling", "ratio");
  return meanAround(
    logMeanOf(after) - logMeanOf(before),
    () => chanceMean(noise, after.length, random) - chanceMean(noise, before.length, random),
  );
}

/**
 * The mean of equal runs, transactions a second. Where one of them committed nothing the noise says
 * nothing of it: then their plain mean and range.
 */
export function meanOfRuns(perSecond: readonly number[], { noise, seed }: Chance): Mean {
  if (!isPositive(perSecond))
    return { mean: meanOf(perSecond), low: Math.min(...perSecond), high: Math.max(...perSecond) };
  const random = namedStream(seed, "scaling", "mean");
  return meanAround(logMeanOf(perSecond), () => chanceMean(noise, perSecond.length, random));
}

/** From logarithms back to what they stand for. */
function meanAround(logMean: number, drawnError: () => number): Mean {
  const { low, high } = intervalAround(
    logMean,
    repeated(() => logMean + drawnError()),
  );
  return { mean: Math.exp(logMean), low: Math.exp(low), high: Math.exp(high) };
}

function chanceMean({ residuals }: Noise, runs: number, random: Random): number {
  return meanOf(Array.from({ length: runs }, () => random.pick(residuals)));
}

function isPositive(perSecond: readonly number[]): boolean {
  return perSecond.every((value) => value > 0);
}

function logMeanOf(perSecond: readonly number[]): number {
  return meanOf(perSecond.map(Math.log));
}
