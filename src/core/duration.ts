/** Lengths of time as people write them: `500ms`, `20s`, `2m`, `1h`. */

const unitMs = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** A timer takes at most 2^31 - 1 ms; this is the last full hour below. */
const hoursMax = 596;

/** What `parseDurationMs` expects, for problems. */
export const durationExpected = `a whole number with its unit (ms, s, m or h) such as 20s, at most ${hoursMax}h`;

/** Whole milliseconds, or null if the text is something else. */
export function parseDurationMs(text: string): number | null {
  const [, digits, unit] = /^(\d+)(ms|s|m|h)$/.exec(text) ?? [];
  if (digits === undefined || unit === undefined) return null;
  const ms = Number(digits) * unitMs[unit as keyof typeof unitMs];
  return ms <= hoursMax * unitMs.h ? ms : null;
}
