/**
 * A session's connection by way of xk6-sql: performs steps, and stands guard where xk6-sql or what is
 * below it would let an error pass for a success. Each guard has a test that fails without it.
 *
 * 1. xk6-sql never looks whether rows ended by an error. So a query is sent inside a WITH clause that
 *    counts its rows before the first one is returned: an error then comes instead of rows, and rows
 *    that are missing show. What no WITH clause takes is followed by a savepoint, which an aborted
 *    transaction refuses.
 * 2. What commits by itself fails, if it does, behind its rows. So nothing does: a statement outside
 *    BEGIN is sent between BEGIN and COMMIT.
 * 3. database/sql sends a statement again, on a new connection, when lib/pq calls the old one bad,
 *    which it does after every FATAL: what began as a transaction would go on without one. So a
 *    connection begins read-only, and only BEGIN makes it write; and
 * 4. COMMIT comes behind a savepoint in one message: outside a transaction (25P01) and in one that is
 *    aborted (25P02) a savepoint fails, where COMMIT alone succeeds.
 * 5. A statement that takes too long at the client loses its connection, by xk6-sql's own doing, and
 *    reports what a cancelled one does. So it is the time that decides.
 * 6. Values arrive as many things. Only those of a Row pass as they are; bytes of a text are read.
 * 7. Without a SQLSTATE nothing is known of the connection: it is given up.
 */
import type { Database } from "k6/x/sql";
import { Failure } from "../../../core/failure.ts";
import type { Isolation } from "../../../core/step.ts";
import { type ConnectionStep, type Row, statement, type Statement } from "../../../core/step.ts";
import { closed, type Farewell, failureAfter } from "../../farewell.ts";
import {
  checkCount,
  commitRolledBack,
  noRows,
  parametersOf,
  type SentStep,
  statementOf,
  taggedText,
} from "../../statements.ts";
import { argumentOf } from "./arguments.ts";
import { guardedQuery } from "./guarded-query.ts";
import { rowsOf } from "./rows.ts";
import { saidBy } from "./said.ts";

export interface K6ConnectionOptions {
  readonly database: Database;
  /** Of what is sent outside BEGIN. */
  readonly isolation: Isolation;
  /** A transaction, at the client. */
  readonly timeoutMs: number;
  /** Milliseconds of whatever clock. */
  readonly nowMs: () => number;
  readonly pause: (ms: number) => void;
}

export interface StepContext {
  readonly operation: string;
  /** Called with a statement's time at the client, in microseconds. */
  readonly onStatement: (name: string, us: number) => void;
}

type Asked = Extract<SentStep, { kind: "query" | "execute" }>;

/** SQLSTATEs: no_active_sql_transaction, in_failed_sql_transaction, read_only_sql_transaction. */
const noTransaction = "25P01";
const abortedTransaction = "25P02";
const readOnly = "25006";

const savepoint = statement("savepoint", "savepoint loadgen_guard");
const guardedCommit = statement("commit", "savepoint loadgen_guard; commit");

export class K6Connection {
  readonly #options: K6ConnectionOptions;
  /** Null: it can still be used. */
  #farewell: Farewell | null = null;
  #isInTransaction = false;
  #deadlineMs = 0;
  #transactionsEnded = 0;

  constructor(options: K6ConnectionOptions) {
    this.#options = options;
  }

  get alive(): boolean {
    return this.#farewell === null;
  }

  /** How many transactions it has seen end. */
  get transactionsEnded(): number {
    return this.#transactionsEnded;
  }

  /** A transaction of the session begins: its time at the client runs from here. */
  begin(): void {
    this.#deadlineMs = this.#options.nowMs() + this.#options.timeoutMs;
  }

  /** One step at a time. Throws a Failure; any other error is a bug. */
  perform(step: ConnectionStep, context: StepContext): readonly Row[] {
    if (step.kind === "pause") {
      this.#options.pause(step.ms);
      return noRows;
    }
    if (this.#farewell !== null) throw failureAfter(this.#farewell, false);
    switch (step.kind) {
      case "begin":
        return this.#begin(step, context);
      case "commit":
        return this.#commit(context);
      case "rollback":
        return this.#rollback(context);
      case "query":
      case "execute":
        checkCount(step);
        return this.#isInTransaction ? this.#ask(step, context) : this.#alone(step, context);
    }
  }

  close(): void {
    this.#farewell ??= closed;
    this.#options.database.close();
  }

  #begin(step: SentStep, { operation }: StepContext): readonly Row[] {
    const { name, sql } = statementOf(step);
    this.#execute({ name, sql: `${sql} read write` }, operation, false);
    this.#isInTransaction = true;
    return noRows;
  }

  #commit({ operation }: StepContext): readonly Row[] {
    try {
      this.#execute(guardedCommit, operation, true);
    } catch (failure) {
      throw this.#commitFailure(failure, operation);
    }
    this.#ended();
    return noRows;
  }

  #commitFailure(failure: unknown, operation: string): unknown {
    if (!(failure instanceof Failure) || failure.kind !== "sql") return failure;
    switch (failure.code) {
      case abortedTransaction:
        this.#rollback({ operation, onStatement: () => undefined });
        return commitRolledBack();
      case noTransaction:
        // Whether it went before COMMIT or under it, nobody here can tell.
        return failureAfter(this.#lose(replaced), true);
      default:
        this.#ended();
        return failure;
    }
  }

  #rollback({ operation }: StepContext): readonly Row[] {
    this.#execute(statementOf({ kind: "rollback" }), operation, false);
    this.#ended();
    return noRows;
  }

  /** In a transaction of its own. */
  #alone(step: Asked, context: StepContext): readonly Row[] {
    this.#begin({ kind: "begin", isolation: this.#options.isolation }, context);
    let rows: readonly Row[];
    try {
      rows = this.#ask(step, context);
    } catch (failure) {
      if (this.alive) this.#rollback(context);
      throw failure;
    }
    this.#commit(context);
    return rows;
  }

  #ask(step: Asked, { operation, onStatement }: StepContext): readonly Row[] {
    const { nowMs } = this.#options;
    const startMs = nowMs();
    const rows = this.#inTransaction(() =>
      step.kind === "execute"
        ? this.#execute(step.statement, operation, false, parametersOf(step))
        : this.#query(step, operation),
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
      throw isReplaced ? failureAfter(this.#lose(replaced), false) : failure;
    }
  }

  /** Whether the transaction that was begun is this connection's. */
  #isStillInside(): boolean {
    try {
      this.#execute(savepoint, "guard", false);
      return true;
    } catch (failure) {
      return failure instanceof Failure && failure.code === abortedTransaction;
    }
  }

  #query(step: Asked, operation: string): readonly Row[] {
    const guarded = guardedQuery(step.statement);
    const rows = this.#call(false, (timeout) =>
      this.#options.database.queryWithTimeout(
        timeout,
        taggedText(guarded.statement, operation),
        ...parametersOf(step).map(argumentOf),
      ),
    );
    if (!guarded.isCounted) {
      // If the rows ended by an error, which one it was is lost.
      this.#execute(savepoint, operation, false);
      return rowsOf(rows);
    }
    const whole = guarded.rowsOf(rows);
    if (whole === null) throw failureAfter(this.#lose(shortened), false);
    return rowsOf(whole);
  }

  #execute(
    sent: Statement,
    operation: string,
    committing: boolean,
    parameters: ReturnType<typeof parametersOf> = [],
  ): readonly Row[] {
    this.#call(committing, (timeout) =>
      this.#options.database.execWithTimeout(
        timeout,
        taggedText(sent, operation),
        ...parameters.map(argumentOf),
      ),
    );
    return noRows;
  }

  /** Throws a Failure for whatever it throws. */
  #call<T>(committing: boolean, send: (timeout: string) => T): T {
    const leftMs = Math.max(1, Math.ceil(this.#deadlineMs - this.#options.nowMs()));
    try {
      return send(`${leftMs}ms`);
    } catch (error) {
      throw this.#failureOf(error, committing);
    }
  }

  #failureOf(error: unknown, committing: boolean): Failure {
    if (this.#options.nowMs() >= this.#deadlineMs) {
      const message = `it took longer than ${this.#options.timeoutMs} ms`;
      return failureAfter(
        this.#lose({ kind: "timeout", code: "client-timeout", message }),
        committing,
      );
    }
    const said = saidBy(error);
    return failureAfter(said.kind === "sql" ? said : this.#lose(said), committing);
  }

  #lose(farewell: Farewell): Farewell {
    if (this.#farewell !== null) return this.#farewell;
    this.#farewell = farewell;
    this.#isInTransaction = false;
    this.#options.database.close();
    return farewell;
  }

  #ended(): void {
    this.#isInTransaction = false;
    this.#transactionsEnded++;
  }
}

const replaced: Farewell = Object.freeze({
  kind: "connection",
  code: "connection-lost",
  message: "the connection was lost, and its place taken by another one",
});

const shortened: Farewell = Object.freeze({
  kind: "connection",
  code: "connection-lost",
  message: "the connection was lost in the middle of the rows",
});
