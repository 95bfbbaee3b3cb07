/**
 * By how much an event loop was late for probes at equal distances. A loop that is blocked misses
 * probes: they are recorded too, each with the lag it had by then, or a block of half a second would
 * count no more than a moment's ("coordinated omission"; HdrHistogram corrects recorded values alike).
 */
import { Histogram } from "../../metrics/histogram.ts";

/** What is known when the loop gets to a probe; times in ms of one clock. */
export interface Probed {
  readonly nowMs: number;
  /** When the loop was told. Before that, a probe is not late. */
  readonly toldMs: number;
  /** How long the thread waited for a core since the probe before; null where nobody knows. */
  readonly runQueueUs: number | null;
}

export class LoopLag {
  /** All of the lag. */
  readonly all = new Histogram();
  /** What waiting for a core does not explain; empty where that is not known. */
  readonly own = new Histogram();
  readonly #intervalMs: number;
  #dueMs: number;

  /** `intervalMs`: how far a probe is from the next. */
  constructor(nowMs: number, intervalMs: number) {
    this.#intervalMs = intervalMs;
    this.#dueMs = nowMs + intervalMs;
  }

  /** When the next probe is due. */
  get dueMs(): number {
    return this.#dueMs;
  }

  /**
   * Records every probe that is due by now. All the waiting for a core since the one before is taken
   * off each, also what came before the probe was due: it is the machine that gets the doubt.
   */
  record({ nowMs, toldMs, runQueueUs }: Probed): void {
    for (; this.#dueMs <= nowMs; this.#dueMs += this.#intervalMs) {
      const lagUs = Math.max(0, (nowMs - Math.max(toldMs, this.#dueMs)) * 1000);
      this.all.record(lagUs);
      if (runQueueUs !== null) this.own.record(Math.max(0, lagUs - runQueueUs));
    }
  }
}
