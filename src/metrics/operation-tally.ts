/** What was counted and timed of one operation. Two of them add up to the tally of both, exactly. */
import type { OutcomeKind } from "../core/outcome.ts";
import { Histogram } from "./histogram.ts";
import { addCounts, merged } from "./sums.ts";

/** A failure as it is counted, by its code, and told, by its message. */
export interface CodedMessage {
  readonly code: string;
  readonly message: string;
}

/** Characters; what is wrong is said at the beginning, and a list of values may follow. */
const messageLengthMax = 300;

export class OperationTally {
  /** From the intended start to the end, retries included: by how the transaction ended, never mixed. */
  readonly latency: Readonly<Record<OutcomeKind, Histogram>> = {
    committed: new Histogram(),
    aborted: new Histogram(),
    unknown: new Histogram(),
  };
  /** Of committed transactions: without the wait for a connection. */
  readonly service = new Histogram();
  /** Of all that finished: waiting for a connection, from pool or gate. */
  readonly poolWait = new Histogram();
  /** Of it, the wait at the gate alone. */
  readonly gateWait = new Histogram();
  /** The longest time that one of those which finished was past the gate, microseconds. */
  insideMaxUs = 0;
  /** Open loop: from the planned start to the start, because all sessions were busy. */
  readonly queueWait = new Histogram();
  /** Without an end within the run: how long they had taken, or waited, by then. */
  readonly censored = new Histogram();
  /** Of these, open loop: those that no session was free to start. */
  neverStarted = 0;
  /** Failed attempts by code, those that a retry made good included. */
  readonly errors = new Map<string, number>();
  /** The first message with each of these codes, cut to a length that a report can take. */
  readonly errorMessages = new Map<string, string>();
  retries = 0;
  /** Of all that finished: how long the first attempt took, whatever became of it. */
  readonly firstAttempt = new Histogram();
  /** In attempts that failed, microseconds. */
  wastedUs = 0;

  /** Counts a failed attempt. */
  failure({ code, message }: CodedMessage): void {
    this.errors.set(code, (this.errors.get(code) ?? 0) + 1);
    addFirst(this.errorMessages, code, message.slice(0, messageLengthMax));
  }

  /**
   * The latency to tell: of committed work, and, as long as it lasted until the run ended, of work
   * without an end. Left out, the slowest would be missing just where it is worst.
   */
  latencyToTell(): Histogram {
    return merged([this.latency.committed, this.censored]);
  }

  /** All failed work, aborted and unknown. */
  failed(): Histogram {
    return merged([this.latency.aborted, this.latency.unknown]);
  }

  add(other: OperationTally): void {
    this.latency.committed.add(other.latency.committed);
    this.latency.aborted.add(other.latency.aborted);
    this.latency.unknown.add(other.latency.unknown);
    this.service.add(other.service);
    this.poolWait.add(other.poolWait);
    this.gateWait.add(other.gateWait);
    this.insideMaxUs = Math.max(this.insideMaxUs, other.insideMaxUs);
    this.queueWait.add(other.queueWait);
    this.censored.add(other.censored);
    this.neverStarted += other.neverStarted;
    addCounts(this.errors, other.errors);
    for (const [code, message] of other.errorMessages) addFirst(this.errorMessages, code, message);
    this.retries += other.retries;
    this.firstAttempt.add(other.firstAttempt);
    this.wastedUs += other.wastedUs;
  }

  reset(): void {
    for (const histogram of Object.values(this.latency)) histogram.reset();
    this.service.reset();
    this.poolWait.reset();
    this.gateWait.reset();
    this.insideMaxUs = 0;
    this.queueWait.reset();
    this.censored.reset();
    this.neverStarted = 0;
    this.errors.clear();
    this.errorMessages.clear();
    this.retries = 0;
    this.firstAttempt.reset();
    this.wastedUs = 0;
  }
}

/** How many ended in this way. */
export function countOf(kind: OutcomeKind): (operation: OperationTally) => number {
  return (operation) => operation.latency[kind].count;
}

/** How many ended in any way. */
export function finishedOf(operation: OperationTally): number {
  const { committed, aborted, unknown } = operation.latency;
  return committed.count + aborted.count + unknown.count;
}

/** Failed attempts, with this code or with any. */
export function errorsOf(code: string | null): (operation: OperationTally) => number {
  return (operation) =>
    code === null
      ? [...operation.errors.values()].reduce((total, count) => total + count, 0)
      : (operation.errors.get(code) ?? 0);
}

function addFirst(firsts: Map<string, string>, code: string, message: string): void {
  if (!firsts.has(code)) firsts.set(code, message);
}
