/**
 * Work at fixed times: at the start, one interval later, and so on. Work that takes longer than an
 * interval makes the following times late; they are skipped and counted, and never pile up.
 */
import { setTimeout as sleep } from "node:timers/promises";

export interface Grid {
  /** Monotone, in ms. */
  readonly clock: () => number;
  readonly intervalMs: number;
  readonly signal: AbortSignal;
  readonly onSkipped: (count: number) => void;
}

/** Resolves after `signal`, once the work under way is done. Rejects if the work does. */
export async function onGrid(grid: Grid, work: () => Promise<void>): Promise<void> {
  const startMs = grid.clock();
  let tick = 0;
  while (!grid.signal.aborted) {
    await work();
    const elapsedTicks = Math.floor((grid.clock() - startMs) / grid.intervalMs);
    // A timer may fire a little early: the same tick never comes twice.
    const next = Math.max(tick, elapsedTicks) + 1;
    if (next > tick + 1) grid.onSkipped(next - tick - 1);
    tick = next;
    await pause(startMs + tick * grid.intervalMs - grid.clock(), grid.signal);
  }
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  // The signal ends the pause by a rejection; the loop asks the signal itself.
  await sleep(Math.max(0, ms), undefined, { signal }).catch(() => undefined);
}
