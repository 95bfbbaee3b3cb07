/** What the sessions report, put together on the run's clock. Times are milliseconds on it. */
import type { Phase } from "../core/random.ts";
import type { Tally } from "../metrics/tally.ts";
import { type IntervalSample, type Segment, Timeline } from "../metrics/timeline.ts";

export interface Recording {
  /** What was measured in each phase; whole once the crew has finished. */
  readonly warmup: Timeline;
  readonly measured: Timeline;
  /** The full seconds of the measured time; all of them once the crew has finished. */
  readonly seconds: readonly IntervalSample[];
  /** Ends a segment of the measured time. */
  cut(atMs: number): Promise<void>;
  /** Ends a slot of it. */
  endSlot(atMs: number): Promise<void>;
  /** What came since the last tick of the phase. */
  tick(phase: Phase, atMs: number): Promise<Tick>;
}

export interface Tick {
  readonly interval: IntervalSample;
  /** How many transactions of the phase have started by then; null: sessions tell it later. */
  readonly started: number | null;
}

/** The last second of a run ends when its sessions are told to, a little before or after it is full. */
const fullSecondMsMin = 950;

/** What a crew of this process reports of a phase since it was last asked. */
export type Take = (phase: Phase) => Promise<readonly Tally[]>;

/** Takes from the sessions one part at a time, and adds it to the timeline of its phase. */
export class TakenRecording implements Recording {
  readonly warmup = new Timeline(() => undefined);
  readonly measured: Timeline;
  readonly seconds: IntervalSample[] = [];
  readonly #take: Take;
  #folding: Promise<unknown> = Promise.resolve();

  /** `onInterval` is handed every part of the measured time, as by a timeline. */
  constructor(take: Take, onInterval: (interval: Segment) => void) {
    this.#take = take;
    this.measured = new Timeline(onInterval);
  }

  cut(atMs: number): Promise<void> {
    return this.#fold("measured", (taken) => this.measured.cut(atMs, taken));
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
