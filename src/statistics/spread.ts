/** How much equal values differ, from several groups of them, each around a mean of its own. */

export interface Spread {
  /** A standard deviation; 0 where nothing is known or nothing differs. */
  readonly deviation: number;
  /** How many values it is known from, less one for each group's mean; 0: it is not known. */
  readonly degreesOfFreedom: number;
}

/** Pooled over the groups, as in the t test for two samples of equal variance. */
export function pooledSpread(groups: readonly (readonly number[])[]): Spread {
  const known = groups.filter((group) => group.length > 1);
  const degreesOfFreedom = sum(known.map((group) => group.length - 1));
  if (degreesOfFreedom === 0) return { deviation: 0, degreesOfFreedom };
  const squares = sum(known.map(squaresAround));
  return { deviation: Math.sqrt(squares / degreesOfFreedom), degreesOfFreedom };
}

/** NaN of none. */
export function meanOf(values: readonly number[]): number {
  return sum(values) / values.length;
}

function squaresAround(group: readonly number[]): number {
  const mean = meanOf(group);
  return sum(group.map((value) => (value - mean) ** 2));
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
