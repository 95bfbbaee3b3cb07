/** When the watched load was there: from its first backend to its last. */
import type { Sample } from "../observe/summary.ts";

export interface Stretch {
  readonly startMs: number;
  readonly endMs: number;
}

/**
 * Within the time that was watched; null: it never was there. A load that begins later or ends
 * before must not look like one of fewer sessions.
 */
export function stretchOf(samples: readonly Sample[], watched: Stretch): Stretch | null {
  const first = samples.findIndex(({ connections }) => connections > 0);
  const last = samples.findLastIndex(({ connections }) => connections > 0);
  if (first < 0) return null;
  return {
    startMs: first === 0 ? watched.startMs : (samples[first]?.sentMs ?? watched.startMs),
    endMs:
      last === samples.length - 1
        ? watched.endMs
        : // Up to the first look that it was gone at: the last one that it was there at is in it.
          (samples[last + 1]?.sentMs ?? watched.endMs),
  };
}
