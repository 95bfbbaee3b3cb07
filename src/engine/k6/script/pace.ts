/**
 * When a session starts its next transaction, in a closed loop and in an open one: the twins of those
 * on Node.
 */
import type { Plan } from "../../../core/plan.ts";
import { namedStream, type Phase } from "../../../core/random.ts";
import type { Turn } from "../../turn.ts";
import type { Arrivals, InIterations } from "./arrivals.ts";
import type { SessionRecorder } from "./notes.ts";

export interface PaceSettings {
  readonly plan: Plan;
  readonly session: number;
  readonly phase: Phase;
  readonly recorder: SessionRecorder;
  /** Milliseconds since the measured time began; negative in the warm-up. */
  readonly clockMs: () => number;
  readonly pause: (ms: number) => void;
  readonly isStopped: () => boolean;
}

export interface Pace {
  /** Null when the phase is over. */
  next(): InIterations<Turn | null>;
  isOver(): boolean;
}

export class ClosedPace implements Pace {
  readonly #settings: PaceSettings;
  readonly #endMs: number;
  readonly #numberMax: number;
  #begun = 0;

  constructor(settings: PaceSettings) {
    const { plan, phase } = settings;
    this.#settings = settings;
    this.#endMs = endMsOf(settings);
    const limit = phase === "warmup" ? null : plan.transactionsPerSession;
    this.#numberMax = limit ?? Number.POSITIVE_INFINITY;
  }

  *next(): InIterations<Turn | null> {
    if (this.isOver() || this.#begun >= this.#numberMax) return null;
    const number = this.#begun++;
    const { session, plan } = this.#settings;
    if (plan.thinkMs[1] > 0 && !this.#think(number)) return null;
    return { owner: session, number, dueMs: null, wasQueued: false };
  }

  isOver(): boolean {
    return this.#settings.isStopped() || this.#settings.clockMs() >= this.#endMs;
  }

  /** False if the phase ended meanwhile. */
  #think(number: number): boolean {
    const { plan, phase, session, clockMs, recorder } = this.#settings;
    const [minMs, maxMs] = plan.thinkMs;
    const ms = namedStream(plan.seed, "think", phase, session, number).between(minMs, maxMs);
    const startMs = clockMs();
    const isPast = waitUntil(Math.min(startMs + ms, this.#endMs), this.#settings);
    if (!isPast || this.isOver()) return false;
    recorder.scheduleLag(Math.max(0, (clockMs() - startMs - ms) * 1000));
    return true;
  }
}

/** The arrivals of one phase, as far as this session takes them. */
export class OpenPace implements Pace {
  readonly #settings: PaceSettings;
  readonly #arrivals: Arrivals;
  readonly #startMs: number;
  readonly #endMs: number;

  constructor(settings: PaceSettings, arrivals: Arrivals) {
    const { plan, phase } = settings;
    this.#settings = settings;
    this.#arrivals = arrivals;
    this.#startMs = phase === "warmup" ? -plan.warmupMs : 0;
    this.#endMs = endMsOf(settings);
  }

  *next(): InIterations<Turn | null> {
    const { phase, clockMs } = this.#settings;
    if (this.isOver()) return null;
    const taken = yield* this.#arrivals.take(phase);
    if (taken === null) return null;
    const { number } = taken;
    const dueMs = this.#startMs + taken.dueMs;
    const wasQueued = clockMs() >= dueMs;
    if (!wasQueued && !this.#waitUntil(dueMs)) {
      if (phase === "measured") this.#arrivals.left(number);
      return null;
    }
    if (phase === "measured") this.#arrivals.begun(number);
    return { owner: "arrival", number, dueMs, wasQueued };
  }

  isOver(): boolean {
    return this.#settings.isStopped() || this.#settings.clockMs() >= this.#endMs;
  }

  /** False if the run was stopped before. k6 sleeps for whole milliseconds: up to one more is lag. */
  #waitUntil(dueMs: number): boolean {
    const { clockMs, recorder } = this.#settings;
    if (!waitUntil(dueMs, this.#settings)) return false;
    recorder.scheduleLag((clockMs() - dueMs) * 1000);
    return true;
  }
}

/** So long a session waits at a time before it asks whether the run still goes on. */
const waitMsMax = 1_000;

/** False if the run was stopped before that time of the run's clock. */
function waitUntil(
  untilMs: number,
  { clockMs, pause, isStopped }: Pick<PaceSettings, "clockMs" | "pause" | "isStopped">,
): boolean {
  for (let nowMs = clockMs(); nowMs < untilMs; nowMs = clockMs()) {
    pause(Math.min(untilMs - nowMs, waitMsMax));
    // Of most of these answers none is asked for: the last one is good for a second.
    if (isStopped()) return false;
  }
  return true;
}

/** When the phase ends, on the run's clock. */
function endMsOf({ plan, phase }: PaceSettings): number {
  return phase === "warmup" ? 0 : (plan.durationMs ?? Number.POSITIVE_INFINITY);
}
