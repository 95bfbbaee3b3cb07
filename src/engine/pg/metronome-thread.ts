/**
 * The metronome's own thread: sleeps until the time that is set, strikes, and sleeps until the next
 * one is set. It never writes the due time, so that none can be lost here.
 */
import { workerData } from "node:worker_threads";
import type { MetronomeMemory } from "./metronome.ts";
import { sharedNowMs } from "./shared-clock.ts";

const { setCount, dueMs, strikeCount, struckMs } = workerData as MetronomeMemory;

for (;;) {
  // Read before the due time: whatever is set after this ends the waits below at once.
  const seen = Atomics.load(setCount, 0);
  const nowMs = sharedNowMs();
  const aheadMs = (dueMs[0] ?? 0) - nowMs;
  if (aheadMs > 0) {
    Atomics.wait(setCount, 0, seen, aheadMs);
    continue;
  }
  struckMs[0] = nowMs;
  Atomics.add(strikeCount, 0, 1);
  Atomics.notify(strikeCount, 0);
  Atomics.wait(setCount, 0, seen);
}
