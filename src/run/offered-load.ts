/** What an open loop asks of the server, second by second, and what of it no session could start. */
import { ArrivalSchedule } from "../core/arrivals.ts";
import type { Plan } from "../core/plan.ts";
import type { Phase } from "../core/random.ts";

export interface Offered {
  /** Arrivals that were due since the last call. */
  readonly offered: number;
  /** Of all that were due by now, those that have not started. */
  readonly waiting: number;
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

  /** Null for a closed loop, which offers what it gets done. */
  static of(plan: Plan): OfferedLoad | null {
    return plan.rate === null ? null : new OfferedLoad(plan);
  }

  /** `atMs` is on the run's clock and must not fall; `started`: how many of the phase have started by then. */
  by(atMs: number, phase: Phase, started: number): Offered {
    const phaseMs = phase === "warmup" ? atMs + this.#plan.warmupMs : atMs;
    const due = this.#schedules[phase].dueBy(phaseMs);
    const offered = due - this.#due[phase];
    this.#due[phase] = due;
    return { offered, waiting: Math.max(0, due - started) };
  }

  /** How many of the measured time are due by then, on the run's clock; not before what was asked last. */
  dueBy(atMs: number): number {
    return this.#schedules.measured.dueBy(atMs);
  }
}
