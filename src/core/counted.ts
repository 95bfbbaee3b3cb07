/** Counts as people read them, in verdicts and reports alike. */

/** With a space between thousands, whatever the locale: `12 345`. */
export function countText(count: number): string {
  return String(Math.round(count)).replace(/\B(?=(\d{3})+$)/g, " ");
}

/** `1 session`, `12 345 sessions`. */
export function counted(count: number, noun: string): string {
  return `${countText(count)} ${noun}${count === 1 ? "" : "s"}`;
}
