/**
 * When a session starts its next transaction: as soon as the one before is over and a think time
 * has passed (closed loop), or when the next of all planned arrivals is due (open loop).
 */
import { setTimeout as wait } from "node:timers/promises";
import type { ArrivalSchedule } from "../../core/arrivals.ts";
import type { Plan } from "../../core/plan.ts";
import { namedStream, type Phase } from "../../core/random.ts";
import type { Recorder } from "../../metrics/recorder.ts";
import type { Turn } from "../turn.ts";
import type { Metronome } from "./metronome.ts";

export interface Pace {
  /** Null when the phase is over for this session. */
  next(session: number): Turn | null | Promise<Turn | null>;
}

interface PaceSettings {
  readonly plan: Plan;
  readonly phase: Phase;
  readonly recorder: Recorder;
  /** Milliseconds since the measured time began; negative in the warm-up. */
  readonly clockMs: () => number;
  /** Aborts when no new transaction may start. */
  readonly stop: AbortSignal;
}

/** When the phase ends, on the run's clock. */
function endMsOf({ plan, phase }: PaceSettings): number {
  return phase === "warmup" ? 0 : (plan.durationMs ?? Number.POSITIVE_INFINITY);
}

export class ClosedPace implements Pace {
  readonly #settings: PaceSettings;
  readonly #endMs: number;
  readonly #numberMax: number;
  /** By session, how many it has begun. */
  readonly #begun = new Map<number, number>();

  constructor(settings: PaceSettings) {
    this.#settings = settings;
    this.#endMs = endMsOf(settings);
    const limit = settings.phase === "warmup" ? null : settings.plan.transactionsPerSession;
    this.#numberMax = limit ?? Number.POSITIVE_INFINITY;
  }

  next(session: number): Turn | null | Promise<Turn | null> {
    if (this.#isOver()) return null;
    const number = this.#begun.get(session) ?? 0;
    if (number >= this.#numberMax) return null;
    this.#begun.set(session, number + 1);
    const turn: Turn = { owner: session, number, dueMs: null, wasQueued: false };
    return this.#settings.plan.thinkMs[1] === 0 ? turn : this.#think(session, turn);
  }

  #isOver(): boolean {
    const { stop, clockMs } = this.#settings;
    return stop.aborted || clockMs() >= this.#endMs;
  }

  async #think(session: number, turn: Turn): Promise<Turn | null> {
    const { plan, phase, stop, recorder } = this.#settings;
    const [minMs, maxMs] = plan.thinkMs;
    const stream = namedStream(plan.seed, "think", phase, session, turn.number);
    const ms = stream.between(minMs, maxMs);
    const dueMs = performance.now() + ms;
    // The only rejection is the stop.
    await wait(ms, undefined, { signal: stop }).catch(() => undefined);
    if (this.#isOver()) return null;
    const lagUs = Math.max(0, (performance.now() - dueMs) * 1000);
    recorder.scheduleLag(lagUs, lagUs);
    return turn;
  }
}

/** The arrivals of one phase; any session that is free takes the next one. */
export class OpenPace implements Pace {
  readonly #settings: PaceSettings;
  readonly #schedule: ArrivalSchedule;
  readonly #takeNumber: () => number;
  readonly #metronome: Metronome;
  readonly #startMs: number;
  readonly #endMs: number;

  /** `takeNumber`: the next arrival's number, each only once, over all threads. */
  constructor(
    settings: PaceSettings,
    source: {
      readonly schedule: ArrivalSchedule;
      readonly takeNumber: () => number;
      readonly metronome: Metronome;
    },
  ) {
    this.#settings = settings;
    this.#schedule = source.schedule;
    this.#takeNumber = source.takeNumber;
    this.#metronome = source.metronome;
    this.#startMs = settings.phase === "warmup" ? -settings.plan.warmupMs : 0;
    this.#endMs = endMsOf(settings);
  }

  next(): Turn | null | Promise<Turn | null> {
    const { stop, clockMs } = this.#settings;
    // Before a number is taken: one that is not taken is counted as never started.
    if (stop.aborted || clockMs() >= this.#endMs) return null;
    const arrival = this.#schedule.at(this.#takeNumber());
    if (arrival === null) return null;
    const dueMs = this.#startMs + arrival.dueMs;
    const { number } = arrival;
    if (clockMs() < dueMs) return this.#untilDue(number, dueMs);
    return { owner: "arrival", number, dueMs, wasQueued: true };
  }

  /** Those that no session has taken and that were due by then, for the account. */
  *leftOver(endMs: number): Generator<Turn & { readonly dueMs: number }> {
    for (;;) {
      const arrival = this.#schedule.at(this.#takeNumber());
      if (arrival === null || arrival.dueMs >= endMs) return;
      yield { owner: "arrival", number: arrival.number, dueMs: arrival.dueMs, wasQueued: true };
    }
  }

  async #untilDue(number: number, dueMs: number): Promise<Turn | null> {
    const { clockMs, recorder } = this.#settings;
    // In this order: a thread that is held up in between is late then, never early.
    const aheadMs = dueMs - clockMs();
    const wakeMs = performance.now() + aheadMs;
    await this.#metronome.until(wakeMs);
    const sinceWokenMs = performance.now() - Math.max(wakeMs, this.#metronome.struckMs);
    const lagMs = clockMs() - dueMs;
    // The run was stopped before this one was due. One that was due runs, however late it is.
    if (lagMs < 0) return null;
    recorder.scheduleLag(lagMs * 1000, Math.max(0, sinceWokenMs * 1000));
    return { owner: "arrival", number, dueMs, wasQueued: false };
  }
}
