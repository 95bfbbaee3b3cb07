/**
 * Of many tests some find something by chance. The step-down correction of S. Holm (A simple
 * sequentially rejective multiple test procedure, 1979) keeps the chance that any does at that of one.
 */

/** Corrected, in the order given; each may be compared with the level of a single test. */
export function holm(pValues: readonly number[]): readonly number[] {
  const order = pValues.map((_, index) => index).sort((a, b) => pOf(pValues, a) - pOf(pValues, b));
  const corrected = new Array<number>(pValues.length).fill(1);
  let largest = 0;
  for (const [rank, index] of order.entries()) {
    largest = Math.max(largest, Math.min(1, (pValues.length - rank) * pOf(pValues, index)));
    corrected[index] = largest;
  }
  return corrected;
}

function pOf(pValues: readonly number[], index: number): number {
  return pValues[index] ?? 1;
}
