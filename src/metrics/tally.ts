/**
 * What was counted and timed in one stretch of a run: a second, a window, or all of it. Two of them
 * add up to the tally of both, exactly, whichever session, process or stretch they come from.
 */
import type { Gate } from "../core/step.ts";
import { Histogram } from "./histogram.ts";
import { OperationTally } from "./operation-tally.ts";
import { addCounts, merged } from "./sums.ts";

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

function emplace<Value>(map: Map<string, Value>, key: string, create: () => Value): Value {
  const found = map.get(key);
  if (found !== undefined) return found;
  const created = create();
  map.set(key, created);
  return created;
}
