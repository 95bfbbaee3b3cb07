/** The middle of a list of figures, which a few wild ones do not move. */

/** Of an even number of values the mean of the two in the middle; NaN without any. */
export function medianOf(values: readonly number[]): number {
  const sorted = Float64Array.from(values).sort();
  const low = sorted[Math.ceil(sorted.length / 2) - 1] ?? NaN;
  const high = sorted[Math.floor(sorted.length / 2)] ?? NaN;
  return (low + high) / 2;
}
