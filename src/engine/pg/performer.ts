/**
 * Performs the steps of one transaction on what it was lent: its connection; the session's further ones,
 * for parts that go side by side; and the thread's stores.
 */
import { Failure, type FailureKind } from "../../core/failure.ts";
import type { ConnectionStep, Row, Step, TogetherStep } from "../../core/step.ts";
import type { Transaction } from "../../core/transaction.ts";
import { mayCommit, noRows } from "../statements.ts";
import type { Stores } from "../stores.ts";
import type { Lease } from "./connections.ts";
import { drive } from "./drive.ts";
import type { LentConnection, StepContext } from "./session-connection.ts";

export class Performer {
  readonly #lease: Lease;
  readonly #stores: Stores;
  readonly #context: StepContext;
  /** Parts of the transaction that went beside others may be committed, whatever becomes of it. */
  #hasCommitted = false;

  constructor(lease: Lease, stores: Stores, context: StepContext) {
    this.#lease = lease;
    this.#stores = stores;
    this.#context = context;
  }

  /** One step at a time. Rejects with a Failure; any other error is a bug. */
  perform(step: Step): Promise<readonly Row[]> {
    const performed = this.#performOn(this.#lease.connection, step);
    return this.#hasCommitted ? performed.catch(throwAfterCommitted) : performed;
  }

  /** Drops all connections under whatever runs on them, which fails with this kind and code. */
  abandon(kind: FailureKind, code: string): void {
    for (const connection of this.#connections()) connection.abandon(kind, code);
  }

  #performOn(connection: LentConnection, step: Step): Promise<readonly Row[]> {
    if ("store" in step) return Promise.resolve(this.#stores.perform(step));
    if (step.kind === "together") return this.#together(step);
    // Where it is none of a connection's, that is a bug, and the connection says so.
    return connection.perform(step as ConnectionStep, this.#context);
  }

  async #together({ parts }: TogetherStep): Promise<readonly Row[]> {
    const connections = this.#connections();
    if (parts.length > connections.length) {
      throw new Error(
        `${parts.length} parts side by side take as many connections, and the session has ${connections.length}: ` +
          "what a scenario needs it is to say by `connections`",
      );
    }
    const results = await Promise.allSettled(
      connections
        .slice(0, parts.length)
        .map(async (connection, index) => this.#part(connection, begun(parts[index]))),
    );
    const reasons = results.flatMap((one): readonly unknown[] =>
      one.status === "rejected" ? [one.reason] : [],
    );
    if (reasons.length === 0) return noRows;
    const reason = gravest(reasons);
    if (isUnknown(reason)) this.#hasCommitted = true;
    if (this.#hasCommitted) throwAfterCommitted(reason);
    throw reason;
  }

  #part(connection: LentConnection, part: Transaction<unknown>): Promise<unknown> {
    let isOpen = false;
    return drive(part, async (step) => {
      const rows = await this.#performOn(connection, step);
      if (mayCommit(step, !isOpen)) this.#hasCommitted = true;
      if (step.kind === "begin") isOpen = true;
      if (step.kind === "commit" || step.kind === "rollback") isOpen = false;
      return rows;
    });
  }

  #connections(): readonly LentConnection[] {
    return [this.#lease.connection, ...this.#lease.further];
  }
}

function begun(part: TogetherStep["parts"][number] | undefined) {
  if (part === undefined) throw new Error("no such part");
  return part();
}

/** Of several: a bug, else one after which nobody knows whether all is there, else one that ended a connection. */
function gravest(reasons: readonly unknown[]): unknown {
  return (
    reasons.find((reason) => !(reason instanceof Failure)) ??
    reasons.find(isUnknown) ??
    reasons.find(isFatal) ??
    reasons[0]
  );
}

function isFatal(reason: unknown): boolean {
  return reason instanceof Failure && reason.fatal;
}

function isUnknown(reason: unknown): boolean {
  return isFatal(reason) && (reason as Failure).committing;
}

function throwAfterCommitted(reason: unknown): never {
  throw reason instanceof Failure ? reason.afterCommitted() : reason;
}
