/**
 * What was counted and timed in one stretch of a run: a second, a window, or all of it. Two of them
 * add up to the tally of both, exactly, whichever session, process or stretch they come from.
 */
import type { OutcomeKind } from "../core/outcome.ts";
import type { Gate } from "../core/step.ts";
import { Histogram } from "./histogram.ts";

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

/** Of one gate of a modelled service. Who never got in, because the run ended, is in its queue only. */
export class GateTally {
  readonly capacity: number;
  readonly wait = new Histogram();
  /** Inside, without what was waited meanwhile for other gates or a connection. */
  readonly hold = new Histogram();
  /** The longest queue. */
  queueMax = 0;

  constructor(capacity: number) {
    this.capacity = capacity;
  }

  add(other: GateTally): void {
    this.wait.add(other.wait);
    this.hold.add(other.hold);
    this.queueMax = Math.max(this.queueMax, other.queueMax);
  }

  reset(): void {
    this.wait.reset();
    this.hold.reset();
    this.queueMax = 0;
  }
}

export class Tally {
  readonly operations = new Map<string, OperationTally>();
  /** The server's time for single statements, as the client sees it, by statement name. */
  readonly statements = new Map<string, Histogram>();
  /** By name; none unless a service is modelled. */
  readonly gates = new Map<string, GateTally>();
  /** By how much sessions that only waited for a time started after it: the generator's own lateness. */
  readonly scheduleLag = new Histogram();
  /** Of it, since this thread was woken: the rest is that the machine woke it late. */
  readonly heardLag = new Histogram();
  started = 0;
  reconnects = 0;
  /** Session time without a connection, microseconds. */
  reconnectLostUs = 0;
  /** Failed attempts to reconnect, by code. */
  readonly reconnectErrors = new Map<string, number>();
  /** Sessions that ended before their time, since no connection was to be had any more. */
  sessionsLost = 0;

  operation(name: string): OperationTally {
    return emplace(this.operations, name, () => new OperationTally());
  }

  statement(name: string): Histogram {
    return emplace(this.statements, name, () => new Histogram());
  }

  gate({ name, capacity }: Gate): GateTally {
    return emplace(this.gates, name, () => new GateTally(capacity));
  }

  /** Sums a figure over the operations, or over the one that is named. */
  sum(figure: (operation: OperationTally) => number, operation: string | null = null): number {
    return this.#those(operation).reduce((total, one) => total + figure(one), 0);
  }

  /** Merges a histogram over the operations, or over the one that is named. */
  merged(
    histogram: (operation: OperationTally) => Histogram,
    operation: string | null = null,
  ): Histogram {
    return merged(this.#those(operation).map(histogram));
  }

  /** A message with this code, the first of one operation; null if there was no such failure. */
  firstMessageOf(code: string): string | null {
    for (const { errorMessages } of this.operations.values()) {
      const message = errorMessages.get(code);
      if (message !== undefined) return message;
    }
    return null;
  }

  add(other: Tally): void {
    for (const [name, tally] of other.operations) this.operation(name).add(tally);
    for (const [name, histogram] of other.statements) this.statement(name).add(histogram);
    for (const [name, gate] of other.gates) this.gate({ name, capacity: gate.capacity }).add(gate);
    this.scheduleLag.add(other.scheduleLag);
    this.heardLag.add(other.heardLag);
    this.started += other.started;
    this.reconnects += other.reconnects;
    this.reconnectLostUs += other.reconnectLostUs;
    addCounts(this.reconnectErrors, other.reconnectErrors);
    this.sessionsLost += other.sessionsLost;
  }

  /** Empties it and keeps the memory: it is filled again at once. */
  reset(): void {
    for (const tally of this.operations.values()) tally.reset();
    for (const histogram of this.statements.values()) histogram.reset();
    for (const gate of this.gates.values()) gate.reset();
    this.scheduleLag.reset();
    this.heardLag.reset();
    this.started = 0;
    this.reconnects = 0;
    this.reconnectLostUs = 0;
    this.reconnectErrors.clear();
    this.sessionsLost = 0;
  }

  #those(operation: string | null): OperationTally[] {
    if (operation === null) return [...this.operations.values()];
    const one = this.operations.get(operation);
    return one === undefined ? [] : [one];
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

function merged(histograms: readonly Histogram[]): Histogram {
  const sum = new Histogram();
  for (const histogram of histograms) sum.add(histogram);
  return sum;
}

function addCounts(sums: Map<string, number>, counts: ReadonlyMap<string, number>): void {
  for (const [key, count] of counts) sums.set(key, (sums.get(key) ?? 0) + count);
}

function addFirst(firsts: Map<string, string>, code: string, message: string): void {
  if (!firsts.has(code)) firsts.set(code, message);
}

function emplace<Value>(map: Map<string, Value>, key: string, create: () => Value): Value {
  const found = map.get(key);
  if (found !== undefined) return found;
  const created = create();
  map.set(key, created);
  return created;
}
