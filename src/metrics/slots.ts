/**
 * What was committed in slots of a quarter of a second, around the faults of a run: windows tell how
 * it went on the whole, slots tell when it changed.
 */
import { Histogram, type HistogramEntries } from "./histogram.ts";
import type { Tally } from "./tally.ts";

/** Fine enough to tell a recovery of one second from one of two; more often costs and shows no more. */
export const slotMs = 250;

/**
 * So long after each edge of a window slots are kept. A run that has not recovered by then is told to
 * have not; and one of a day with one fault must not fill the memory. (A slot takes about a kilobyte.)
 */
const keptMs = 600_000;

export interface Slot {
  readonly startMs: number;
  readonly endMs: number;
  /** Latencies of what was committed in it, over all operations. */
  readonly committed: HistogramEntries;
}

export class Slots {
  readonly #kept: Slot[] = [];
  readonly #committed = new Histogram();
  /** Of the slot under way; null: none is. */
  #startMs: number | null = null;
  #untilMs = 0;

  get isKeeping(): boolean {
    return this.#startMs !== null;
  }

  add(tally: Tally): void {
    if (this.#startMs === null) return;
    for (const { latency } of tally.operations.values()) this.#committed.add(latency.committed);
  }

  /** Ends the slot under way and begins the next. */
  end(atMs: number): void {
    if (this.#startMs === null || atMs <= this.#startMs) return;
    const committed = this.#committed.toEntries();
    this.#kept.push({ startMs: this.#startMs, endMs: atMs, committed });
    this.#committed.reset();
    this.#startMs = atMs < this.#untilMs ? atMs : null;
  }

  /** An edge of a window: ends the slot under way, and lets slots be kept from here on. */
  edge(atMs: number): void {
    this.end(atMs);
    this.#startMs ??= atMs;
    this.#untilMs = atMs + keptMs;
  }

  /** Those that somebody else kept, in order. */
  put(slots: readonly Slot[]): void {
    this.#kept.push(...slots);
  }

  /** Those that lie in between as a whole, in their order. After a gap none follows at once. */
  between(startMs: number, endMs: number): readonly Slot[] {
    return this.#kept.filter((slot) => slot.startMs >= startMs && slot.endMs <= endMs);
  }
}
