/**
 * A connection of a session under test: performs steps, and turns what the driver throws into
 * Failures. Every statement carries its operation as a comment, so that pg_stat_activity names the
 * operation of each backend by the server's own account.
 */
import { setTimeout as wait } from "node:timers/promises";
import pg from "pg";
import { endsConnection, Failure, type FailureKind } from "../../core/failure.ts";
import type { Row, Statement, Step } from "../../core/step.ts";

export interface StepContext {
  readonly operation: string;
  /** Ends pauses early when the run is over. */
  readonly signal: AbortSignal;
  /** Called with a statement's time at the client, in microseconds. */
  readonly onStatement: (name: string, us: number) => void;
}

/** What is left of a connection that ended: why, for whatever is performed on it next. */
interface Farewell {
  readonly kind: FailureKind;
  readonly code: string;
  readonly message: string;
}

export class SessionConnection {
  readonly #client: pg.ClientBase;
  #farewell: Farewell | null = null;

  constructor(client: pg.ClientBase) {
    this.#client = client;
    // A terminated connection fails its running query and then emits an error without an owner.
    client.on("error", (error) => {
      this.#farewell ??= farewellOf(error);
    });
    client.on("end", () => {
      this.#farewell ??= { kind: "connection", code: "connection-lost", message: "closed" };
    });
  }

  get alive(): boolean {
    return this.#farewell === null;
  }

  async perform(step: Step, context: StepContext): Promise<readonly Row[]> {
    if (step.kind === "pause") {
      await pause(step.ms, context.signal);
      return [];
    }
    // On a connection that is known to be gone nothing is sent: what never left cannot have committed.
    if (this.#farewell !== null) throw failureAfter(this.#farewell, false);
    // Before it is sent, for the reply to a statement may end the transaction.
    const committing = this.#mayCommit(step);
    try {
      return await this.#send(step, context);
    } catch (error) {
      throw this.#failureOf(error, committing);
    }
  }

  /** Names the session that uses this connection now, where connections are pooled. */
  async rename(applicationName: string): Promise<void> {
    try {
      await this.#client.query(`set application_name = ${pg.escapeLiteral(applicationName)}`);
    } catch (error) {
      throw this.#failureOf(error, false);
    }
  }

  /** Drops the connection under whatever runs on it, which fails with this kind and code. */
  abandon(kind: FailureKind, code: string): void {
    this.#farewell ??= { kind, code, message: `the client gave up (${code})` };
    // The driver has no public way to drop a connection at once: end() waits for the running query.
    const driver = this.#client as unknown as { connection: { stream: { destroy(): void } } };
    driver.connection.stream.destroy();
  }

  /** Whether a step, once sent, may make something durable: COMMIT, and any statement outside BEGIN. */
  #mayCommit({ kind }: Step): boolean {
    if (kind === "commit") return true;
    // By the server's own account, in each ReadyForQuery: "I" is outside of a transaction block.
    return (kind === "query" || kind === "execute") && this.#client.getTransactionStatus() === "I";
  }

  async #send(step: Exclude<Step, { kind: "pause" }>, context: StepContext): Promise<Row[]> {
    switch (step.kind) {
      case "begin":
        await this.#client.query(
          tagged(`begin isolation level ${step.isolation.replace("-", " ")}`, context.operation),
        );
        return [];
      case "commit": {
        const reply = await this.#client.query(tagged("commit", context.operation));
        // COMMIT of an aborted transaction succeeds, and says ROLLBACK in its tag alone.
        if (reply.command !== "COMMIT") {
          throw new Failure("refused", "commit-rolled-back", "COMMIT reported ROLLBACK");
        }
        return [];
      }
      case "rollback":
        await this.#client.query(tagged("rollback", context.operation));
        return [];
      case "query":
      case "execute": {
        const startMs = performance.now();
        const reply = await this.#client.query<Row>(messageOf(step, context.operation));
        context.onStatement(step.statement.name, (performance.now() - startMs) * 1000);
        return reply.rows;
      }
    }
  }

  #failureOf(error: unknown, committing: boolean): Failure {
    if (error instanceof Failure) return error;
    const farewell = this.#farewell ?? farewellOf(error);
    if (farewell.kind !== "sql") this.#farewell ??= farewell;
    return failureAfter(farewell, committing);
  }
}

function failureAfter({ kind, code, message }: Farewell, committing: boolean): Failure {
  return new Failure(kind, code, message, committing);
}

function farewellOf(error: unknown): Farewell {
  if (error instanceof pg.DatabaseError && error.code !== undefined) {
    const fatal = endsConnection(error.code) || error.severity === "FATAL";
    return { kind: fatal ? "connection" : "sql", code: error.code, message: error.message };
  }
  const { code, message } = error as { code?: string; message?: string };
  return { kind: "connection", code: code ?? "connection-lost", message: message ?? String(error) };
}

/**
 * The operation, as a comment: it costs the server nothing and survives into pg_stat_activity. On a
 * line of its own, since the statement may end in a comment that lasts to the end of its line.
 */
function tagged(sql: string, operation: string): string {
  return `${sql}\n/* loadgen:${operation} */`;
}

interface Message {
  readonly name: string | undefined;
  readonly text: string;
}

/** Texts and names are made once a statement and operation, not once a transaction. */
const messages = new WeakMap<Statement, Map<string, Message>>();

function messageOf(
  step: Extract<Step, { kind: "query" | "execute" }>,
  operation: string,
): pg.QueryConfig {
  const byOperation = messages.get(step.statement) ?? new Map<string, Message>();
  messages.set(step.statement, byOperation);
  let message = byOperation.get(operation);
  if (message === undefined) {
    // Without parameters it goes unprepared: it may be a utility statement, such as SAVEPOINT.
    const prepared = step.parameters.length > 0;
    const name = prepared ? preparedName(step.statement.name, operation) : undefined;
    message = { name, text: tagged(step.statement.sql, operation) };
    byOperation.set(operation, message);
  }
  return message.name === undefined
    ? { text: message.text }
    : { name: message.name, text: message.text, values: step.parameters as unknown[] };
}

let preparedNames = 0;

/** Unique within PostgreSQL's 63 bytes for a name, however long statement and operation are called. */
function preparedName(statement: string, operation: string): string {
  return `${preparedNames++}:${statement}:${operation}`.slice(0, 63);
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (ms === 0) return;
  // The only rejection is the abort, and that is how a pause ends when the run is over.
  await wait(ms, undefined, { signal }).catch(() => undefined);
}
