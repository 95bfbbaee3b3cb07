/**
 * What the sessions report, put together on the run's clock: taken from the crew one part at a time,
 * and added to the timeline of its phase.
 */
import type { Phase } from "../core/random.ts";
import type { Crew } from "../engine/pg/crew.ts";
import type { Tally } from "../metrics/tally.ts";
import { type IntervalSample, type Segment, Timeline } from "../metrics/timeline.ts";

export class Recording {
  readonly warmup = new Timeline(() => undefined);
  readonly measured: Timeline;
  readonly #crew: Crew;
  #folding: Promise<unknown> = Promise.resolve();

  /** `onInterval` is handed every part of the measured time, as by a timeline. */
  constructor(crew: Crew, onInterval: (interval: Segment) => void) {
    this.#crew = crew;
    this.measured = new Timeline(onInterval);
  }

  /** Ends a segment of the measured time. */
  cut(atMs: number): Promise<void> {
    return this.#fold("measured", (taken) => this.measured.cut(atMs, taken));
  }

  /** Ends a slot of it. */
  async endSlot(atMs: number): Promise<void> {
    await this.#fold("measured", (taken) => this.measured.slot(atMs, taken));
  }

  /** What came since the last tick of the phase. */
  tick(phase: Phase, atMs: number): Promise<IntervalSample> {
    return this.#fold(phase, (taken) => this[phase].tick(atMs, taken));
  }

  /** One at a time, in the order of the calls. */
  #fold<T>(phase: Phase, add: (taken: readonly Tally[]) => T): Promise<T> {
    const folding = this.#folding.then(async () => add(await this.#crew.take(phase)));
    // Its failure goes to its caller; the next one is not held up by it.
    this.#folding = folding.catch(() => undefined);
    return folding;
  }
}
