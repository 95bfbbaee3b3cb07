/**
 * What the sessions of one thread report to. It is emptied at each tick and at each edge of a
 * window; the timeline puts together what was taken from all threads.
 */
import type { Outcome } from "../core/outcome.ts";
import type { Gate } from "../core/step.ts";
import { Tally } from "./tally.ts";
import type { CodedMessage } from "./operation-tally.ts";

/** One transaction that came to its end, all of its attempts together. */
export interface FinishedTransaction {
  readonly operation: string;
  readonly outcome: Outcome;
  /** From the intended start (closed loop: the send) to the end. */
  readonly latencyUs: number;
  /** The same without the wait for a connection. */
  readonly serviceUs: number;
  /** Null: nobody can tell it from the service time. */
  readonly poolWaitUs: number | null;
  /** Of the wait for a connection, that at the gate alone. */
  readonly gateWaitUs: number;
  /** From its planned start to its start, because no session was free; null in a closed loop. */
  readonly queueWaitUs: number | null;
  readonly attempts: number;
  /** One for each failed attempt. */
  readonly failures: readonly CodedMessage[];
  /** How long the first attempt took, whatever became of it. */
  readonly firstAttemptUs: number;
  /** Spent in attempts that failed. */
  readonly wastedUs: number;
}

/** A request that was inside a gate of a modelled service and has left it. */
export interface GateVisit {
  readonly waitUs: number;
  /** From entering to leaving, without what it waited meanwhile for other gates or a connection. */
  readonly holdUs: number;
}

/** Recording so many keeps the event loop for some microseconds. */
const finishedMax = 64;

export class Recorder {
  #tally = new Tally();
  readonly #finished: FinishedTransaction[] = [];
  /** Filled while the other one is read: taking copies nothing. */
  #spare = new Tally();

  started(): void {
    this.#tally.started++;
  }

  /** Put off until there is a heap of them, for then the code and the counts are in the cache. */
  record(transaction: FinishedTransaction): void {
    this.#finished.push(transaction);
    if (this.#finished.length >= finishedMax) this.#recordAll();
  }

  #recordAll(): void {
    for (const transaction of this.#finished) this.#recordOne(transaction);
    this.#finished.length = 0;
  }

  #recordOne(transaction: FinishedTransaction): void {
    const tally = this.#tally.operation(transaction.operation);
    tally.latency[transaction.outcome.kind].record(transaction.latencyUs);
    if (transaction.outcome.kind === "committed") tally.service.record(transaction.serviceUs);
    const { poolWaitUs } = transaction;
    if (poolWaitUs !== null) tally.poolWait.record(poolWaitUs);
    tally.gateWait.record(transaction.gateWaitUs);
    if (transaction.queueWaitUs !== null) tally.queueWait.record(transaction.queueWaitUs);
    const insideUs = transaction.serviceUs + (poolWaitUs ?? 0) - transaction.gateWaitUs;
    tally.insideMaxUs = Math.max(tally.insideMaxUs, insideUs);
    tally.retries += transaction.attempts - 1;
    tally.firstAttempt.record(transaction.firstAttemptUs);
    tally.wastedUs += transaction.wastedUs;
    for (const failure of transaction.failures) tally.failure(failure);
  }

  /** One statement's own time, as it was answered. */
  recordStatement(name: string, us: number): void {
    this.#tally.statement(name).record(us);
  }

  gateVisit(gate: Gate, { waitUs, holdUs }: GateVisit): void {
    const tally = this.#tally.gate(gate);
    tally.wait.record(waitUs);
    tally.hold.record(holdUs);
  }

  /** So many wait in front of a gate, with the one that has just come. */
  gateQueue(gate: Gate, length: number): void {
    const tally = this.#tally.gate(gate);
    tally.queueMax = Math.max(tally.queueMax, length);
  }

  /**
   * A session that waited for nothing but the time to start: by how much it was late, and how much
   * of that passed since this thread was woken.
   */
  scheduleLag(us: number, sinceWokenUs: number): void {
    this.#tally.scheduleLag.record(us);
    this.#tally.heardLag.record(sinceWokenUs);
  }

  /** A transaction that was still under way at the end of the run. */
  censored(operation: string, atLeastUs: number): void {
    this.#tally.operation(operation).censored.record(atLeastUs);
  }

  /** An arrival that was due, so long before the end, and that no session was free to start. */
  neverStarted(operation: string, waitedUs: number): void {
    const tally = this.#tally.operation(operation);
    tally.censored.record(waitedUs);
    tally.neverStarted++;
  }

  /** A session lost its connection and has another one, after this time without. */
  reconnected(lostUs: number): void {
    this.#tally.reconnects++;
    this.#tally.reconnectLostUs += lostUs;
  }

  /** An attempt to get another connection failed. */
  reconnectFailed(code: string): void {
    const { reconnectErrors } = this.#tally;
    reconnectErrors.set(code, (reconnectErrors.get(code) ?? 0) + 1);
  }

  /** A session gave up: it has no connection and gets none. */
  sessionLost(): void {
    this.#tally.sessionsLost++;
  }

  /** What was reported since the last call; good until the next one. */
  take(): Tally {
    this.#recordAll();
    const taken = this.#tally;
    this.#spare.reset();
    this.#tally = this.#spare;
    this.#spare = taken;
    return taken;
  }
}
