/**
 * What a session takes down. The edges of the run's windows are set while it goes on, by others, so
 * that nobody knows yet into which part of the run a transaction falls that has just finished: it is
 * noted with its time, and entered once the edges are known up to then. What is kept is bounded by
 * how long that takes, and never by the length of the run.
 */
import type { Phase } from "../../../core/random.ts";
import { type FinishedTransaction, Recorder } from "../../../metrics/recorder.ts";
import { histogramMaxUs } from "../../../metrics/histogram.ts";
import { jsonOf, type TallyJson } from "../../../metrics/tally-parts.ts";
import type { TransactionRecorder } from "../../bookkeeping.ts";
import type { SlotJson } from "../lines.ts";
import { noProgress, type Progress } from "../progress.ts";

interface Slot extends Progress {
  readonly slot: number;
  readonly cuts: number;
  readonly latencies: Map<number, number>;
}

interface Note {
  readonly atMs: number;
  readonly enter: (recorder: Recorder) => void;
  readonly count: (slot: Slot) => void;
}

export class Notes {
  readonly progress: Readonly<Record<Phase, Progress>> = {
    warmup: noProgress(),
    measured: noProgress(),
  };
  readonly #clockMs: () => number;
  readonly #slotMs: number;
  readonly #warmup = new Recorder();
  readonly #parts = [new Recorder()];
  readonly #slots: Slot[] = [];
  #pending: Note[] = [];

  constructor(clockMs: () => number, slotMs: number) {
    this.#clockMs = clockMs;
    this.#slotMs = slotMs;
  }

  /** Where a phase's transactions are taken down. */
  recorder(phase: Phase): SessionRecorder {
    return new SessionRecorder(this.progress[phase], (enter, count) => {
      if (phase === "warmup") enter(this.#warmup);
      else this.#pending.push({ atMs: this.#clockMs(), enter, count });
    });
  }

  /** Enters what was noted; `cuts`: all edges until now, in order. */
  enter(cuts: readonly number[]): void {
    for (const { atMs, enter, count } of this.#pending) {
      const before = cutsBefore(cuts, atMs);
      while (this.#parts.length <= before) this.#parts.push(new Recorder());
      enter(this.#parts[before] as Recorder);
      count(this.#slotAt(Math.floor(atMs / this.#slotMs), before));
    }
    this.#pending = [];
    while (this.#parts.length <= cuts.length) this.#parts.push(new Recorder());
  }

  toJson(): {
    readonly warmup: TallyJson;
    readonly parts: readonly TallyJson[];
    readonly slots: readonly SlotJson[];
  } {
    return {
      warmup: jsonOf(this.#warmup.take()),
      parts: this.#parts.map((recorder) => jsonOf(recorder.take())),
      slots: this.#slots.map((slot) => ({ ...slot, latencies: [...slot.latencies] })),
    };
  }

  #slotAt(slot: number, cuts: number): Slot {
    const last = this.#slots.at(-1);
    if (last?.slot === slot && last.cuts === cuts) return last;
    const next = { slot, cuts, ...noProgress(), latencies: new Map<number, number>() };
    this.#slots.push(next);
    return next;
  }
}

/** A moment that is an edge belongs to what comes after it. */
function cutsBefore(cuts: readonly number[], atMs: number): number {
  let count = cuts.length;
  while (count > 0 && (cuts[count - 1] as number) > atMs) count--;
  return count;
}

type TakeDown = (enter: Note["enter"], count: Note["count"]) => void;

/** As a recorder on Node, for one phase of one session. */
export class SessionRecorder implements TransactionRecorder {
  readonly #progress: Progress;
  readonly #note: TakeDown;

  constructor(progress: Progress, note: TakeDown) {
    this.#progress = progress;
    this.#note = note;
  }

  started(): void {
    this.#count(
      (recorder) => recorder.started(),
      (progress) => progress.started++,
    );
  }

  record(transaction: FinishedTransaction): void {
    const { outcome, attempts, failures, latencyUs } = transaction;
    this.#count(
      (recorder) => recorder.record(transaction),
      (progress) => {
        progress[outcome.kind]++;
        progress.retries += attempts - 1;
        progress.errors += failures.length;
      },
      outcome.kind === "committed" ? latencyUs : null,
    );
  }

  censored(operation: string, atLeastUs: number): void {
    this.#only((recorder) => recorder.censored(operation, atLeastUs));
  }

  neverStarted(operation: string, waitedUs: number): void {
    this.#only((recorder) => recorder.neverStarted(operation, waitedUs));
  }

  recordStatement(name: string, us: number): void {
    this.#only((recorder) => recorder.recordStatement(name, us));
  }

  scheduleLag(us: number): void {
    this.#only((recorder) => recorder.scheduleLag(us, us));
  }

  reconnected(lostUs: number): void {
    this.#only((recorder) => recorder.reconnected(lostUs));
  }

  reconnectFailed(code: string): void {
    this.#only((recorder) => recorder.reconnectFailed(code));
  }

  sessionLost(): void {
    this.#only((recorder) => recorder.sessionLost());
  }

  #only(enter: Note["enter"]): void {
    this.#note(enter, () => undefined);
  }

  #count(
    enter: Note["enter"],
    count: (progress: Progress) => void,
    latencyUs: number | null = null,
  ) {
    count(this.#progress);
    this.#note(enter, (slot) => {
      count(slot);
      if (latencyUs === null) return;
      const us = Math.min(histogramMaxUs, Math.round(latencyUs));
      slot.latencies.set(us, (slot.latencies.get(us) ?? 0) + 1);
    });
  }
}
