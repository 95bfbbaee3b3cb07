/** What the sessions report, put together on the run's clock. Times are milliseconds on it. */
import type { Phase } from "../core/random.ts";
import type { Tally } from "../metrics/tally.ts";
import {
  fullSecondMsMin,
  type IntervalSample,
  type Segment,
  Timeline,
} from "../metrics/timeline.ts";

export interface Recording {
  /** What was measured in each phase; whole once the crew has finished. */
  readonly warmup: Timeline;
  readonly measured: Timeline;
  /** The full seconds of the measured time; all of them once the crew has finished. */
  readonly seconds: readonly IntervalSample[];
  /** Ends a segment of the measured time. */
  cut(atMs: number): Promise<void>;
  /** Ends the last segment of it: what is cut from now on came after it. */
  end(atMs: number): Promise<void>;
  /** Ends a slot of it. */
  endSlot(atMs: number): Promise<void>;
  /** What came since the last tick of the phase. */
  tick(phase: Phase, atMs: number): Promise<Tick>;
}

/** Who is handed what was measured, part by part; a tally is only its own until it returns. */
export interface PartListener {
  /** Every part, in order and without a gap, also of what came after the measured time. */
  readonly onInterval: (interval: Segment) => void;
  /**
   * Every part of the measured time alone, likewise, each about a second long at most; on k6 once the
   * sessions have ended, and only what they tell by the second.
   */
  readonly onPart: (part: Segment) => void;
}

export interface Tick {
  readonly interval: IntervalSample;
  /** How many transactions of the phase have started by then; null: sessions tell it later. */
  readonly started: number | null;
}

/** What a crew of this process reports of a phase since it was last asked. */
export type Take = (phase: Phase) => Promise<readonly Tally[]>;

/** Takes from the sessions one part at a time, and adds it to the timeline of its phase. */
export class TakenRecording implements Recording {
  readonly warmup = new Timeline(() => undefined);
  readonly measured: Timeline;
  readonly seconds: IntervalSample[] = [];
  readonly #take: Take;
  #folding: Promise<unknown> = Promise.resolve();
  #hasEnded = false;

  constructor(take: Take, { onInterval, onPart }: PartListener) {
    this.#take = take;
    this.measured = new Timeline((part) => {
      onInterval(part);
      if (!this.#hasEnded) onPart(part);
    });
  }

  cut(atMs: number): Promise<void> {
    return this.#fold("measured", (taken) => this.measured.cut(atMs, taken));
  }

  end(atMs: number): Promise<void> {
    return this.#fold("measured", (taken) => {
      this.measured.cut(atMs, taken);
      this.#hasEnded = true;
    });
  }

  async endSlot(atMs: number): Promise<void> {
    if (!this.measured.slots.isKeeping) return;
    await this.#fold("measured", (taken) => this.measured.slot(atMs, taken));
  }

  tick(phase: Phase, atMs: number): Promise<Tick> {
    return this.#fold(phase, (taken) => {
      const interval = this[phase].tick(atMs, taken);
      const isFull = interval.endMs - interval.startMs >= fullSecondMsMin;
      if (phase === "measured" && isFull) this.seconds.push(interval);
      return { interval, started: this[phase].totals.started };
    });
  }

  /** One at a time, in the order of the calls. */
  #fold<T>(phase: Phase, add: (taken: readonly Tally[]) => T): Promise<T> {
    const folding = this.#folding.then(async () => add(await this.#take(phase)));
    // Its failure goes to its caller; the next one is not held up by it.
    this.#folding = folding.catch(() => undefined);
    return folding;
  }
}
