/** When a session starts its next transaction in a closed loop: the twin of the one on Node. */
import type { Plan } from "../../../core/plan.ts";
import { namedStream, type Phase } from "../../../core/random.ts";
import type { Turn } from "../../turn.ts";
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

export class ClosedPace {
  readonly #settings: PaceSettings;
  readonly #endMs: number;
  readonly #numberMax: number;
  #begun = 0;

  constructor(settings: PaceSettings) {
    const { plan, phase } = settings;
    this.#settings = settings;
    this.#endMs = phase === "warmup" ? 0 : (plan.durationMs ?? Number.POSITIVE_INFINITY);
    const limit = phase === "warmup" ? null : plan.transactionsPerSession;
    this.#numberMax = limit ?? Number.POSITIVE_INFINITY;
  }

  /** Null when the phase is over. */
  next(): Turn | null {
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
    const { plan, phase, session, clockMs, pause, recorder } = this.#settings;
    const [minMs, maxMs] = plan.thinkMs;
    const ms = namedStream(plan.seed, "think", phase, session, number).between(minMs, maxMs);
    const startMs = clockMs();
    const endMs = Math.min(startMs + ms, this.#endMs);
    pause(endMs - startMs);
    if (this.isOver()) return false;
    recorder.scheduleLag(Math.max(0, (clockMs() - startMs - ms) * 1000));
    return true;
  }
}
