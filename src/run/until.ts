/** Waiting on the clock that a run is measured by. */
import { setTimeout as wait } from "node:timers/promises";

/** Until a time of performance.now(), never before it, or the signal; null: the signal alone. */
export async function until(atMs: number | null, signal: AbortSignal): Promise<void> {
  // Timers fire up to two milliseconds early: by then not all arrivals of an open loop were due.
  do {
    // They take no more than 2^31 - 1 ms; for the rest the signal comes first.
    const ms = atMs === null ? 2 ** 31 - 1 : Math.max(0, atMs - performance.now());
    // The only rejection is the signal.
    await wait(ms, undefined, { signal }).catch(() => undefined);
  } while (atMs !== null && performance.now() < atMs && !signal.aborted);
}
