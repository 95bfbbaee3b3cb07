/**
 * The bootstrap: what an estimate would come to if the same runs were made once more, again and
 * again (B. Efron and R. J. Tibshirani, An Introduction to the Bootstrap, 1993).
 */

/** A 95 % interval. */
export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** With these both ends of a 95 % interval are values that were drawn, the 10th and the 390th. */
const resamples = 399;

export function repeated<T>(draw: () => T): T[] {
  return Array.from({ length: resamples }, draw);
}

/** From what the estimate came to in each resample. Holds the estimate, whatever they came to. */
export function intervalAround(estimate: number, drawn: readonly number[]): Interval {
  return {
    low: Math.min(estimate, quantile(drawn, 0.025)),
    high: Math.max(estimate, quantile(drawn, 0.975)),
  };
}

/** `share` of the values drawn are below it. */
export function quantile(drawn: readonly number[], share: number): number {
  const sorted = Float64Array.from(drawn).sort();
  return sorted[Math.round((drawn.length + 1) * share) - 1] ?? NaN;
}

/** The chance of a statistic at least as large, from what it came to where only chance made it: never 0. */
export function chanceOf(statistic: number, drawn: readonly number[]): number {
  return (1 + drawn.filter((value) => value >= statistic).length) / (drawn.length + 1);
}
