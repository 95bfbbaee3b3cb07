/**
 * Which arrival a session takes next. Sessions on k6 share no memory, but k6 itself counts the
 * iterations that it starts, over all of them: in an open loop one iteration is one arrival, and
 * whichever session is free is given the next.
 */
import type { Phase } from "../../../core/random.ts";
import type { DueTimes } from "../setting.ts";
import type { ArrivalsJson } from "../lines.ts";

/** Ends the iteration; goes on in the session's next one, with its number. */
export type InIterations<T> = Generator<undefined, T, number>;

export interface Taken {
  readonly number: number;
  /** From the start of the phase. */
  readonly dueMs: number;
}

/**
 * Each session begins in one iteration, so that no other one comes before all of them are connected;
 * then come the arrivals of both phases; and for each session one more, in which it ends.
 */
export function iterationsOf(sessions: number, { warmup, measured }: DueTimes): number {
  return sessions + warmup.length + measured.length + sessions;
}

/** Those that one session takes. */
export class Arrivals {
  readonly #dueTimes: DueTimes;
  /** The iteration of the phase's first arrival. */
  readonly #first: Readonly<Record<Phase, number>>;
  /** An iteration's number that was given, and not used yet. */
  #given: number | null = null;
  #begunBelow = 0;
  #left: number | null = null;

  constructor(sessions: number, dueTimes: DueTimes) {
    this.#dueTimes = dueTimes;
    this.#first = { warmup: sessions, measured: sessions + dueTimes.warmup.length };
  }

  /** Null: the phase has no more. */
  *take(phase: Phase): InIterations<Taken | null> {
    const times = this.#dueTimes[phase];
    for (;;) {
      this.#given ??= yield;
      const number = this.#given - this.#first[phase];
      // It is one of the phase that follows.
      if (number >= times.length) return null;
      this.#given = null;
      // Else it is one of the warm-up, which is over.
      if (number >= 0) return { number, dueMs: (times[number] as number) / 1000 };
    }
  }

  /** A transaction of the measured time follows from it, or is counted as never started. */
  begun(number: number): void {
    this.#begunBelow = number + 1;
  }

  /** It was taken, and the run ended before it was due. */
  left(number: number): void {
    this.#left = number;
  }

  toJson(): ArrivalsJson {
    // Taken at the end of the warm-up, for a measured time that never came.
    const unused = this.#given === null ? null : this.#given - this.#first.measured;
    return { begunBelow: this.#begunBelow, left: this.#left ?? unused };
  }
}
