/**
 * Collects the measurements of one process while it runs. What sessions report goes into the
 * current interval; at each tick and each cut that interval is folded into the totals and into the
 * current segment. Windows are unions of segments, so they need no sorting of single measurements.
 * It has no clock: all times are milliseconds since the start of the measured time.
 */
import type { Outcome } from "../core/outcome.ts";
import { type LatencySummary, latencySummary } from "./latency.ts";
import { type CodedMessage, countOf, errorsOf, finishedOf, Tally } from "./tally.ts";

/** One transaction that came to its end, all of its attempts together. */
export interface FinishedTransaction {
  readonly operation: string;
  readonly outcome: Outcome;
  /** From the intended start (closed loop: the send) to the end. */
  readonly latencyUs: number;
  /** The same without the wait for a connection. */
  readonly serviceUs: number;
  readonly poolWaitUs: number;
  /** Of the wait for a connection, that at the gate alone. */
  readonly gateWaitUs: number;
  /** By how much the timer of the think time before it fired late; 0 where there was none. */
  readonly thinkLagUs: number;
  readonly attempts: number;
  /** One for each failed attempt. */
  readonly failures: readonly CodedMessage[];
}

/** What one tick saw, for the live line and samples.ndjson. */
export interface IntervalSample {
  readonly startMs: number;
  readonly endMs: number;
  /** Transactions started, and finished in any way. */
  readonly offered: number;
  readonly achieved: number;
  readonly committed: number;
  readonly aborted: number;
  readonly unknown: number;
  readonly retries: number;
  /** Failed attempts, retried or not. */
  readonly errors: number;
  /** Of committed work, over all operations. */
  readonly latencyUs: LatencySummary;
}

/** A stretch without a cut inside. */
export interface Segment {
  readonly startMs: number;
  readonly endMs: number;
  readonly tally: Tally;
}

export class Recorder {
  /** As of the last tick or cut. */
  readonly totals = new Tally();
  readonly #onInterval: (interval: Segment) => void;
  readonly #segments: Segment[] = [];
  readonly #interval = new Tally();
  readonly #sinceTick = new Tally();
  #segment = new Tally();
  #intervalStartMs = 0;
  #tickStartMs = 0;
  #segmentStartMs = 0;

  /** `onInterval` is handed every folded interval, for latency.hlog; the tally is only its own until it returns. */
  constructor(onInterval: (interval: Segment) => void) {
    this.#onInterval = onInterval;
  }

  started(): void {
    this.#interval.started++;
  }

  record(transaction: FinishedTransaction): void {
    const tally = this.#interval.operation(transaction.operation);
    tally.latency[transaction.outcome.kind].record(transaction.latencyUs);
    if (transaction.outcome.kind === "committed") tally.service.record(transaction.serviceUs);
    tally.poolWait.record(transaction.poolWaitUs);
    tally.gateWait.record(transaction.gateWaitUs);
    const insideUs = transaction.latencyUs - transaction.gateWaitUs;
    tally.insideMaxUs = Math.max(tally.insideMaxUs, insideUs);
    this.#interval.thinkLag.record(transaction.thinkLagUs);
    tally.retries += transaction.attempts - 1;
    for (const failure of transaction.failures) tally.failure(failure);
  }

  /** One statement's own time, as it was answered. */
  recordStatement(name: string, us: number): void {
    this.#interval.statement(name).record(us);
  }

  /** A transaction that was still under way at the end of the run. */
  censored(operation: string, atLeastUs: number): void {
    this.#interval.operation(operation).censored.record(atLeastUs);
  }

  /** A session lost its connection and has another one, after this time without. */
  reconnected(lostUs: number): void {
    this.#interval.reconnects++;
    this.#interval.reconnectLostUs += lostUs;
  }

  /** An attempt to get another connection failed. */
  reconnectFailed(code: string): void {
    const { reconnectErrors } = this.#interval;
    reconnectErrors.set(code, (reconnectErrors.get(code) ?? 0) + 1);
  }

  /** A session gave up: it has no connection and gets none. */
  sessionLost(): void {
    this.#interval.sessionsLost++;
  }

  /** Ends an interval and says what happened since the last tick. */
  tick(atMs: number): IntervalSample {
    this.#fold(atMs);
    const sample = sampleOf(this.#sinceTick, this.#tickStartMs, atMs);
    this.#sinceTick.reset();
    this.#tickStartMs = atMs;
    return sample;
  }

  /**
   * Ends a segment: at each edge of a window and at the end of the measured time. Does nothing where
   * no segment has begun: a fault that is there from before the warm-up cuts before 0.
   */
  cut(atMs: number): void {
    if (atMs <= this.#segmentStartMs) return;
    this.#fold(atMs);
    this.#segments.push({ startMs: this.#segmentStartMs, endMs: atMs, tally: this.#segment });
    this.#segment = new Tally();
    this.#segmentStartMs = atMs;
  }

  /** What was measured between two cuts (or from 0). Throws if it was not cut there. */
  window(startMs: number, endMs: number): Tally {
    // A run that is stopped in its warm-up has a measured time of no length.
    if (startMs === endMs) return new Tally();
    const inside = this.#segments.filter(
      (segment) => segment.startMs >= startMs && segment.endMs <= endMs,
    );
    if (inside[0]?.startMs !== startMs || inside.at(-1)?.endMs !== endMs) {
      throw new RangeError(`the run was not cut at ${startMs} ms and ${endMs} ms`);
    }
    const tally = new Tally();
    for (const segment of inside) tally.add(segment.tally);
    return tally;
  }

  #fold(atMs: number): void {
    // A tick is given the second that it is for, and may come after a cut just behind that second.
    const endMs = Math.max(atMs, this.#intervalStartMs);
    const interval = { startMs: this.#intervalStartMs, endMs, tally: this.#interval };
    this.#onInterval(interval);
    this.totals.add(this.#interval);
    this.#segment.add(this.#interval);
    this.#sinceTick.add(this.#interval);
    this.#interval.reset();
    this.#intervalStartMs = endMs;
  }
}

function sampleOf(tally: Tally, startMs: number, endMs: number): IntervalSample {
  return {
    startMs,
    endMs,
    offered: tally.started,
    achieved: tally.sum(finishedOf),
    committed: tally.sum(countOf("committed")),
    aborted: tally.sum(countOf("aborted")),
    unknown: tally.sum(countOf("unknown")),
    retries: tally.sum((operation) => operation.retries),
    errors: tally.sum(errorsOf(null)),
    latencyUs: latencySummary(tally.merged((operation) => operation.latency.committed)),
  };
}
