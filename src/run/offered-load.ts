/** What an open loop asks of the server, second by second, and what of it no session could start. */
import { ArrivalSchedule } from "../core/arrivals.ts";
import type { Plan } from "../core/plan.ts";
import type { Phase } from "../core/random.ts";
import type { IntervalSample } from "../metrics/timeline.ts";

export interface Offered {
  /** Arrivals that were due since the last call. */
  readonly offered: number;
  /** Of all that were due by now, those that have not started; null: not known yet. */
  readonly waiting: number | null;
}

/** A shorter rest than this, after the last full second, is the lateness of a timer and no second. */
export const lastSampleMsMin = 100;

/** Of the measured time, once it is over. */
export interface OfferedInAll {
  readonly due: number;
  /** Of those due by then, how many had not started: at each full second, and at the end. */
  readonly waiting: readonly number[];
}

export class OfferedLoad {
  readonly #plan: Plan;
  readonly #schedules: Readonly<Record<Phase, ArrivalSchedule>>;
  readonly #due = { warmup: 0, measured: 0 };

  private constructor(plan: Plan) {
    this.#plan = plan;
    this.#schedules = {
      warmup: new ArrivalSchedule(plan, "warmup"),
      measured: new ArrivalSchedule(plan, "measured"),
    };
  }

  /**
   * `seconds`: the full ones; `started`: how many have started at all. Null for a closed loop.
   */
  static inAll(
    plan: Plan,
    {
      seconds,
      started,
      lengthMs,
    }: {
      readonly seconds: readonly Pick<IntervalSample, "endMs" | "offered">[];
      readonly started: number;
      readonly lengthMs: number;
    },
  ): OfferedInAll | null {
    if (plan.rate === null) return null;
    const schedule = new ArrivalSchedule(plan, "measured");
    const waitingBy = (ms: number, begun: number) => Math.max(0, schedule.dueBy(ms) - begun);
    let begun = 0;
    // Sessions tell of a second how many they started in it.
    const waiting = seconds.map(({ endMs, offered }) => waitingBy(endMs, (begun += offered)));
    if (lengthMs - (seconds.at(-1)?.endMs ?? 0) >= lastSampleMsMin) {
      waiting.push(waitingBy(lengthMs, started));
    }
    return { due: schedule.dueBy(lengthMs), waiting };
  }

  /** Null for a closed loop, which offers what it gets done. */
  static of(plan: Plan): OfferedLoad | null {
    return plan.rate === null ? null : new OfferedLoad(plan);
  }

  /**
   * `atMs` is on the run's clock and must not fall; `started`: how many of the phase have started by
   * then, null if that is not known yet.
   */
  by(atMs: number, phase: Phase, started: number | null): Offered {
    const phaseMs = phase === "warmup" ? atMs + this.#plan.warmupMs : atMs;
    const due = this.#schedules[phase].dueBy(phaseMs);
    const offered = due - this.#due[phase];
    this.#due[phase] = due;
    return { offered, waiting: started === null ? null : Math.max(0, due - started) };
  }
}
