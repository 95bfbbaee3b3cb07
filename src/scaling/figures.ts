/** Figures in sentences. */

/** Three digits. */
export function digits(value: number): string {
  return String(Number(value.toPrecision(3)));
}

/** Of a share: `25 %`. */
export function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}
