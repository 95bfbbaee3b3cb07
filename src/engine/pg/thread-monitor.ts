/** Monitors the thread that calls it: what it used, and by how much it was late. */
import { type PerformanceEntry, PerformanceObserver } from "node:perf_hooks";
import { Histogram } from "../../metrics/histogram.ts";
import type { ThreadHealth } from "../thread-health.ts";
import { LoopLag } from "./loop-lag.ts";
import type { Metronome } from "./metronome.ts";
import { openThreadClock, ownSchedstat } from "./thread-times.ts";

/** Each costs a wake-up of two threads, so that it must not be much more often. */
export const probeIntervalMs = 50;

export interface ThreadMonitor {
  /** Forgets what was before: the measured time begins. */
  reset(): void;
  /** Ends the monitoring. Throws if the metronome failed, for then the loop was not probed. */
  stop(): ThreadHealth;
}

/** Monitors the thread that calls it. The loop is probed until the metronome is released, at most. */
export function monitorThread(metronome: Metronome): ThreadMonitor {
  return new OwnThreadMonitor(metronome);
}

class OwnThreadMonitor implements ThreadMonitor {
  readonly #clock = openThreadClock(ownSchedstat);
  readonly #gcPauses = new Histogram();
  readonly #gcObserver = new PerformanceObserver((list) => this.#recordGc(list.getEntries()));
  #startMs = performance.now();
  #start = this.#clock.read();
  #lag = new LoopLag(this.#startMs, probeIntervalMs);
  /** All the waiting for a core by the last probe: what comes after it is taken off the next. */
  #runQueueUs = this.#start.runQueueUs;
  #isProbing = true;
  #failure: Error | null = null;

  constructor(metronome: Metronome) {
    this.#gcObserver.observe({ entryTypes: ["gc"] });
    void this.#probe(metronome).catch((cause: unknown) => {
      this.#failure = new Error("the event loop was not probed", { cause });
    });
  }

  reset(): void {
    this.#startMs = performance.now();
    this.#start = this.#clock.read();
    this.#runQueueUs = this.#start.runQueueUs;
    this.#lag = new LoopLag(this.#startMs, probeIntervalMs);
    this.#gcPauses.reset();
  }

  stop(): ThreadHealth {
    // The loop may be late for a probe right now; when it was told is then not known yet.
    if (this.#isProbing) this.#record(Number.NEGATIVE_INFINITY);
    this.#isProbing = false;
    this.#recordGc(this.#gcObserver.takeRecords());
    this.#gcObserver.disconnect();
    const { cpuUs, runQueueUs } = this.#clock.read();
    this.#clock.close();
    if (this.#failure !== null) throw this.#failure;
    return {
      lengthMs: performance.now() - this.#startMs,
      cores: 1,
      cpuUs: cpuUs - this.#start.cpuUs,
      runQueueUs: difference(runQueueUs, this.#start.runQueueUs),
      loopLag: this.#lag.all,
      ownLag: runQueueUs === null ? null : this.#lag.own,
      gcPauses: this.#gcPauses,
    };
  }

  async #probe(metronome: Metronome): Promise<void> {
    for (;;) {
      const { dueMs } = this.#lag;
      await metronome.until(dueMs);
      // Only a metronome that was released is early.
      if (performance.now() < dueMs) this.#isProbing = false;
      if (!this.#isProbing) return;
      this.#record(metronome.struckMs);
    }
  }

  #record(toldMs: number): void {
    const { runQueueUs } = this.#clock.read();
    this.#lag.record({
      nowMs: performance.now(),
      toldMs,
      runQueueUs: difference(runQueueUs, this.#runQueueUs),
    });
    this.#runQueueUs = runQueueUs;
  }

  #recordGc(entries: readonly PerformanceEntry[]): void {
    for (const { startTime, duration } of entries) {
      if (startTime >= this.#startMs) this.#gcPauses.record(duration * 1000);
    }
  }
}

function difference(now: number | null, before: number | null): number | null {
  return now === null || before === null ? null : now - before;
}
