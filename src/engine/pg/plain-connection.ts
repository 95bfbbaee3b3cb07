/**
 * A session's connection by pg's own query API: the twin of the lean one. It does the same in the
 * straightforward way, so that each can be held against the other, in tests and in a whole run.
 */
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import pg from "pg";
import { from as copyFrom } from "pg-copy-streams";
import { Failure, type FailureKind } from "../../core/failure.ts";
import type { ConnectionStep, Row } from "../../core/step.ts";
import type { Prepared } from "../dialect.ts";
import { closed, failureAfter, type Farewell } from "../farewell.ts";
import { copyDataOf } from "./copy-data.ts";
import { farewellOf } from "./farewell.ts";
import type { SessionConnection, StepContext } from "./session-connection.ts";
import {
  checkCount,
  commitRolledBack,
  mayCommit,
  noRows,
  parametersOf,
  PerOperation,
  type SentStep,
  statementOf,
  taggedText,
} from "../statements.ts";
import { pause, preparedNames } from "./statements.ts";

export class PlainConnection implements SessionConnection {
  readonly #client: pg.ClientBase;
  readonly #prepared: Prepared;
  #farewell: Farewell | null = null;
  #transactionsEnded = 0;

  constructor(client: pg.ClientBase, prepared: Prepared) {
    this.#client = client;
    this.#prepared = prepared;
    // A terminated connection fails its running query and then emits an error without an owner.
    client.on("error", (error) => {
      this.#farewell ??= farewellOf(error);
    });
    client.on("end", () => {
      this.#farewell ??= closed;
    });
    connectionOf(client).on("readyForQuery", ({ status }: { readonly status: string }) => {
      if (status === "I") this.#transactionsEnded++;
    });
  }

  get transactionsEnded(): number {
    return this.#transactionsEnded;
  }

  get alive(): boolean {
    return this.#farewell === null;
  }

  async perform(step: ConnectionStep, context: StepContext): Promise<readonly Row[]> {
    if (step.kind === "pause") return pause(step.ms, context.signal);
    // On a connection that is known to be gone nothing is sent: what never left cannot have committed.
    if (this.#farewell !== null) throw failureAfter(this.#farewell, false);
    checkCount(step);
    const query = queryOf(step, context.operation, this.#prepared);
    // Before it is sent, for the reply to a statement may end the transaction.
    const committing = mayCommit(step, this.#client.getTransactionStatus() === "I");
    const startMs = performance.now();
    // Also before: what is wrong with rows is the scenario's.
    const data = step.kind === "copy" ? copyDataOf(step) : null;
    try {
      const rows =
        data === null ? await this.#send(step, query) : await this.#copy(query.text, data);
      if ("statement" in step) {
        context.onStatement(step.statement.name, (performance.now() - startMs) * 1000);
      }
      return rows;
    } catch (error) {
      throw this.#failureOf(error, committing);
    }
  }

  async rename(applicationName: string): Promise<void> {
    try {
      await this.#client.query(`set application_name = ${pg.escapeLiteral(applicationName)}`);
    } catch (error) {
      throw this.#failureOf(error, false);
    }
  }

  abandon(kind: FailureKind, code: string): void {
    this.#farewell ??= { kind, code, message: `the client gave up (${code})` };
    // The client has no way to drop a connection at once: end() waits for the running query.
    connectionOf(this.#client).stream.destroy();
  }

  async #send(step: SentStep, query: pg.QueryConfig): Promise<readonly Row[]> {
    const reply = lastOf(await this.#client.query<Row>(query));
    if (step.kind === "commit" && reply?.command !== "COMMIT") throw commitRolledBack();
    return step.kind === "query" && reply !== undefined ? reply.rows : noRows;
  }

  async #copy(text: string, data: Buffer): Promise<readonly Row[]> {
    const sink = this.#client.query(copyFrom(text));
    await pipeline(Readable.from([data]), sink);
    return noRows;
  }

  #failureOf(error: unknown, committing: boolean): Failure {
    if (error instanceof Failure) return error;
    const farewell = this.#farewell ?? farewellOf(error);
    if (farewell.kind !== "sql") this.#farewell ??= farewell;
    return failureAfter(farewell, committing);
  }
}

/** What the client speaks through; only its types make a secret of it in a client of a pool. */
function connectionOf(client: pg.ClientBase): pg.Connection {
  return (client as unknown as { readonly connection: pg.Connection }).connection;
}

/** A text of several statements has several results; the driver then gives an array of them. */
function lastOf<T extends object>(reply: T | readonly T[]): T | undefined {
  return Array.isArray(reply) ? (reply as readonly T[]).at(-1) : (reply as T);
}

const simpleQueries = new PerOperation((statement, operation) => ({
  text: taggedText(statement, operation),
}));
const preparedQueries = new PerOperation((statement, operation) => ({
  name: preparedNames.of(statement, operation),
  text: taggedText(statement, operation),
}));

function queryOf(step: SentStep, operation: string, prepared: Prepared): pg.QueryConfig {
  const values = parametersOf(step);
  if (values.length === 0) return simpleQueries.of(statementOf(step), operation);
  const { name, text } = preparedQueries.of(statementOf(step), operation);
  const query = { text, values: values as unknown[] };
  return prepared === "named" ? { ...query, name } : query;
}
