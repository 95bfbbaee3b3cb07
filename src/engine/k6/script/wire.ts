/**
 * One text after another to the server, by way of xk6-sql, each within what is left of its
 * transaction's time; and what became of the connection, once it is given up.
 *
 * xk6-sql has but one handle, behind which database/sql opens connections as it pleases. So what is
 * given up is the handle: whatever it would open in place of the connection is never heard of.
 */
import type { Database } from "k6/x/sql";
import type { Failure } from "../../../core/failure.ts";
import type { Parameter } from "../../../core/step.ts";
import { closed, type Farewell, failureAfter } from "../../farewell.ts";
import { argumentOf } from "./arguments.ts";
import { saidBy } from "./said.ts";

/** A row as xk6-sql has it: an object of Go's, whose names come in any order. */
export type RawRow = Readonly<Record<string, unknown>>;

export interface WireOptions {
  readonly database: Database;
  /** Of a transaction, at the client. */
  readonly timeoutMs: number;
  /** Milliseconds of whatever clock. */
  readonly nowMs: () => number;
}

export interface Sent {
  readonly text: string;
  readonly parameters: readonly Parameter[];
  /** What is sent may commit, so that its loss leaves that open. */
  readonly committing: boolean;
}

export class Wire {
  readonly #options: WireOptions;
  /** Null: it can still be used. */
  #farewell: Farewell | null = null;
  #deadlineMs = 0;

  constructor(options: WireOptions) {
    this.#options = options;
  }

  get alive(): boolean {
    return this.#farewell === null;
  }

  /** The time of a transaction runs from here. */
  startTimer(): void {
    this.#deadlineMs = this.#options.nowMs() + this.#options.timeoutMs;
  }

  /** Throws a Failure for whatever goes wrong before the first row. */
  query(sent: Sent): readonly RawRow[] {
    const { database } = this.#options;
    const rows = this.#send(sent, (timeout, values) =>
      database.queryWithTimeout(timeout, sent.text, ...values),
    );
    // Rows that end because the time is up end without an error, and so do none at all.
    if (this.#isLate) throw this.#late(sent.committing);
    return rows;
  }

  /** Throws a Failure, for whatever goes wrong. */
  execute(sent: Sent): void {
    const { database } = this.#options;
    this.#send(sent, (timeout, values) => {
      database.execWithTimeout(timeout, sent.text, ...values);
    });
  }

  /** Gives the connection up, unless it is. Returns the failure of whatever was under way. */
  lose(farewell: Farewell, committing: boolean): Failure {
    if (this.#farewell === null) {
      this.#farewell = farewell;
      this.#options.database.close();
    }
    return failureAfter(this.#farewell, committing);
  }

  close(): void {
    this.lose(closed, false);
  }

  #send<T>(
    { parameters, committing }: Sent,
    send: (timeout: string, values: readonly (string | null)[]) => T,
  ): T {
    if (this.#farewell !== null) throw failureAfter(this.#farewell, false);
    const values = parameters.map(argumentOf);
    const leftMs = Math.max(1, Math.ceil(this.#deadlineMs - this.#options.nowMs()));
    try {
      return send(`${leftMs}ms`, values);
    } catch (error) {
      if (this.#isLate) throw this.#late(committing);
      const said = saidBy(error);
      throw said.kind === "sql" ? failureAfter(said, committing) : this.lose(said, committing);
    }
  }

  get #isLate(): boolean {
    return this.#options.nowMs() >= this.#deadlineMs;
  }

  #late(committing: boolean): Failure {
    const message = `it took longer than ${this.#options.timeoutMs} ms`;
    return this.lose({ kind: "timeout", code: "client-timeout", message }, committing);
  }
}
