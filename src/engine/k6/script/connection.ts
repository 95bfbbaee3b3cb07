/**
 * A session's connection by way of xk6-sql: performs steps, and stands guard where xk6-sql or what is
 * below it would let an error pass for a success. Each guard has a test that fails without it
 * (test/engine/k6/traps*.k6.test.ts).
 *
 * 1. xk6-sql never looks whether rows ended by an error. So a query is sent inside a WITH clause that
 *    counts its rows before the first one is returned: an error then comes in place of rows, and rows
 *    that are missing show (guarded-query.ts). What no WITH clause takes is followed by a savepoint,
 *    which an aborted transaction refuses; of what it failed is lost.
 * 2. What commits by itself fails, if it does, behind its rows. So nothing does: a statement outside
 *    BEGIN is sent between BEGIN and COMMIT.
 * 3. database/sql sends a statement again, on a new connection, when lib/pq calls the old one bad,
 *    which it does after every FATAL: what began as a transaction would go on without one. So a
 *    connection begins read-only, and only BEGIN makes it write; BEGIN tells its backend, and so does
 *    each row; and
 * 4. COMMIT comes behind a savepoint in one message: outside a transaction (25P01) and in one that is
 *    aborted (25P02) a savepoint fails, where COMMIT alone succeeds. What fails there may have been the
 *    savepoint, with the transaction still to be rolled back.
 * 5. A statement that takes too long at the client loses its connection, by xk6-sql's own doing, and
 *    reports what a cancelled one does, or no rows. So it is the time that decides (wire.ts).
 * 6. Values arrive as many things, and columns in any order. So the server tells of which columns the
 *    rows are: only those that both engines deliver alike pass (rows.ts).
 * 7. Without a SQLSTATE nothing is known of the connection: it is given up (said.ts). Which one the
 *    server's farewell had, lib/pq does not tell: the code is always `connection-lost`.
 * 8. What k6 cannot do as the other engine does is refused, as `not-portable`, before it is sent if
 *    possible (not-portable.ts).
 */
import { Failure } from "../../../core/failure.ts";
import { type ConnectionStep, type Isolation, type Row, statement } from "../../../core/step.ts";
import {
  checkCount,
  commitRolledBack,
  noRows,
  type SentStep,
  statementOf,
} from "../../statements.ts";
import {
  abortedTransaction,
  answer,
  type Asked,
  execute,
  guard,
  query,
  replaced,
} from "./answer.ts";
import { checkPortable, notPortable } from "./not-portable.ts";
import { Wire, type WireOptions } from "./wire.ts";

export interface K6ConnectionOptions extends WireOptions {
  /** Of what is sent outside BEGIN. */
  readonly isolation: Isolation;
  /** One connection has one backend: no pooler is in between. */
  readonly keepsBackend: boolean;
  readonly pause: (ms: number) => void;
}

export interface StepContext {
  readonly operation: string;
  /** Called with a statement's time at the client, in microseconds. */
  readonly onStatement: (name: string, us: number) => void;
}

/** SQLSTATEs of want of a transaction, and of one that only reads. */
const noTransaction = "25P01";
const readOnly = "25006";
/** Of what cannot be in a transaction that somebody else began, or ends the one that it is in. */
const unfitForTransaction = ["25001", "2D000"];

const guardedCommit = statement("commit", "savepoint loadgen_guard; commit");
const askingBackend = "select pg_catalog.pg_backend_pid() as backend";

export class K6Connection {
  readonly #options: K6ConnectionOptions;
  readonly #wire: Wire;
  #isInTransaction = false;
  /** Of the transaction under way, or of the last one; null before the first. */
  #backend: number | null = null;
  #transactionsEnded = 0;
  #replacements = 0;

  constructor(options: K6ConnectionOptions) {
    this.#options = options;
    this.#wire = new Wire(options);
  }

  get alive(): boolean {
    return this.#wire.alive;
  }

  /** How many transactions it has seen end. */
  get transactionsEnded(): number {
    return this.#transactionsEnded;
  }

  /** How many connections were lost between transactions, and replaced below before BEGIN was done. */
  get replacements(): number {
    return this.#replacements;
  }

  /** A transaction of the session begins: its time at the client runs from here. */
  begin(): void {
    this.#wire.startTimer();
  }

  /** One step at a time. Throws a Failure; any other error is a bug. */
  perform(step: ConnectionStep, context: StepContext): readonly Row[] {
    switch (step.kind) {
      case "pause":
        this.#options.pause(step.ms);
        return noRows;
      case "begin":
        return this.#begin(step, context);
      case "commit":
        return this.#commit(context);
      case "rollback":
        return this.#rollback(context);
      case "query":
      case "execute":
        checkCount(step);
        checkPortable(step.statement);
        return this.#isInTransaction ? this.#ask(step, context) : this.#alone(step, context);
      case "copy":
        throw new Error(`k6 has no COPY: expected --engine pg, or a variant without it`);
      default:
        // Throws: it is none of a connection's.
        statementOf(step);
        return noRows;
    }
  }

  close(): void {
    this.#wire.close();
  }

  #begin(step: SentStep, { operation }: StepContext): readonly Row[] {
    const { name, sql } = statementOf(step);
    const sent = { name, sql: `${sql} read write; ${askingBackend}` };
    const [row] = query(this.#wire, sent, { operation });
    const backend = row?.backend;
    if (typeof backend !== "number") throw new Error("BEGIN did not tell its backend");
    const isOther = this.#backend !== null && this.#backend !== backend;
    if (isOther && this.#options.keepsBackend) this.#replacements++;
    this.#backend = backend;
    this.#isInTransaction = true;
    return noRows;
  }

  #commit({ operation }: StepContext): readonly Row[] {
    try {
      execute(this.#wire, guardedCommit, { operation, committing: true });
    } catch (failure) {
      throw this.#commitFailure(failure, operation);
    }
    this.#ended();
    return noRows;
  }

  #commitFailure(failure: unknown, operation: string): unknown {
    if (!(failure instanceof Failure) || failure.kind !== "sql") return failure;
    // Whether it went before COMMIT or under it, nobody here can tell.
    if (failure.code === noTransaction) return this.#wire.lose(replaced, true);
    this.#undo(operation);
    return failure.code === abortedTransaction ? commitRolledBack() : failure;
  }

  #rollback({ operation }: StepContext): readonly Row[] {
    execute(this.#wire, statementOf({ kind: "rollback" }), { operation });
    this.#ended();
    return noRows;
  }

  /** After a failure that goes on: if the connection is lost meanwhile, the server does it. */
  #undo(operation: string): void {
    try {
      this.#rollback({ operation, onStatement: () => undefined });
    } catch (failure) {
      if (!(failure instanceof Failure)) throw failure;
      this.#ended();
    }
  }

  /** In a transaction of its own. */
  #alone(step: Asked, context: StepContext): readonly Row[] {
    this.#begin({ kind: "begin", isolation: this.#options.isolation }, context);
    let rows: readonly Row[];
    try {
      rows = this.#ask(step, context);
    } catch (failure) {
      this.#undo(context.operation);
      throw failure instanceof Failure && unfitForTransaction.includes(failure.code)
        ? notPortable(`what is outside BEGIN is sent in a transaction, too: ${failure.message}`)
        : failure;
    }
    this.#commit(context);
    return rows;
  }

  #ask(step: Asked, { operation, onStatement }: StepContext): readonly Row[] {
    const { nowMs } = this.#options;
    const startMs = nowMs();
    const rows = this.#inTransaction(() =>
      answer(this.#wire, step, { operation, backend: this.#backend }),
    );
    onStatement(step.statement.name, (nowMs() - startMs) * 1000);
    return rows;
  }

  /** What fails for want of a transaction fails because the connection that had it is gone. */
  #inTransaction<T>(work: () => T): T {
    try {
      return work();
    } catch (failure) {
      if (!(failure instanceof Failure) || failure.kind !== "sql") throw failure;
      const isReplaced =
        failure.code === noTransaction || (failure.code === readOnly && !this.#isStillInside());
      throw isReplaced ? this.#wire.lose(replaced, false) : failure;
    }
  }

  /** Whether the transaction that was begun is this connection's. */
  #isStillInside(): boolean {
    try {
      execute(this.#wire, guard, { operation: "guard" });
      return true;
    } catch (failure) {
      return failure instanceof Failure && failure.code === abortedTransaction;
    }
  }

  #ended(): void {
    this.#isInTransaction = false;
    this.#transactionsEnded++;
  }
}
