/** In a verdict's sentences, to a tenth. */
export function secondsText(ms: number): string {
  return `${Math.round(ms / 100) / 10} s`;
}
