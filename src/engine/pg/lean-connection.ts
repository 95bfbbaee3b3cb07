/**
 * A session's connection that costs the client little. The driver connects, logs in, encrypts, pools
 * and closes; once it has logged in, this takes over what is hot: it writes its messages itself and
 * scans the replies, instead of making objects of either. With the driver's own queries the load
 * generator needs several times what pgbench needs for a small statement, and soon measures itself;
 * `npm run bench` has the figures, beside those of its twin, PlainConnection.
 */
import type { Duplex } from "node:stream";
import pg from "pg";
import type { FailureKind } from "../../core/failure.ts";
import type { ConnectionStep, Row } from "../../core/step.ts";
import { type Asked, type Question, settle } from "./asked.ts";
import { writeBind } from "./bind.ts";
import { copyDataOf, type CopyStep } from "./copy-data.ts";
import { withoutDriver } from "./without-driver.ts";
import type { Prepared } from "../dialect.ts";
import { closed, failureAfter, type Farewell } from "../farewell.ts";
import { farewellOf } from "./farewell.ts";
import { byteAt, FrameScanner, headerBytes } from "./frames.ts";
import { type Send, takeOver } from "./lean-socket.ts";
import {
  copyFail,
  copyRows,
  type Execution,
  type PreparedStatement,
  preparedStatements,
  simpleQueries,
  simpleQuery,
} from "./messages.ts";
import { messageBytesMax, Output } from "./output.ts";
import { copyInResponse, errorResponse, readyForQuery, Reply } from "./reply.ts";
import { type Columns, refusalOf } from "./rows.ts";
import type { SessionConnection, StepContext } from "./session-connection.ts";
import { checkCount, mayCommit, parametersOf, statementOf } from "../statements.ts";
import { pause } from "./statements.ts";

/** What the server said of a prepared statement, on this connection. */
interface Description {
  readonly execution: Execution;
  readonly types: readonly number[];
  readonly columns: Columns | null;
}

const idleStatus = "I".charCodeAt(0);

/** Of this thread: a message is sent, or copied, before the next one is written. */
const output = new Output(messageBytesMax);

export class LeanConnection implements SessionConnection {
  readonly #client: pg.ClientBase;
  readonly #prepared: Prepared;
  readonly #stream: Duplex;
  readonly #scanner: FrameScanner;
  readonly #send: Send;
  readonly #descriptions = new Map<PreparedStatement, Description>();
  /** By the server's own account, in its last ReadyForQuery. */
  #status = idleStatus;
  #transactionsEnded = 0;
  #farewell: Farewell | null = null;
  #asked: Asked | null = null;

  /** @param client is connected, and from now on used by this alone, but for closing it. */
  constructor(client: pg.ClientBase, prepared: Prepared) {
    this.#client = client;
    this.#prepared = prepared;
    const stream = withoutDriver(client);
    this.#stream = stream;
    if (!stream.writable) this.#farewell = closed;
    client.on("error", (error) => this.#end(farewellOf(error)));
    client.on("end", () => this.#end(closed));
    // The driver, asked to close, does not know that a statement is running and would wait for it.
    stream.once("finish", () => {
      if (this.#asked !== null) stream.destroy();
    });
    this.#scanner = new FrameScanner((bytes, start) => this.#handle(bytes, start));
    this.#send = takeOver(stream, (bytes, length) => this.#receive(bytes, length));
  }

  get transactionsEnded(): number {
    return this.#transactionsEnded;
  }

  get alive(): boolean {
    return this.#farewell === null;
  }

  perform(step: ConnectionStep, context: StepContext): Promise<readonly Row[]> {
    if (step.kind === "pause") return pause(step.ms, context.signal);
    // What an executor throws rejects its promise.
    return new Promise((resolve, reject) => {
      checkCount(step);
      const statement = statementOf(step);
      const asked = this.#ask({ step, context, resolve, reject });
      if (step.kind === "copy" && !this.#encode(asked, step)) return;
      if (parametersOf(step).length === 0) {
        this.#sendWhole(simpleQueries.of(statement, context.operation));
        return;
      }
      const prepared = preparedStatements[this.#prepared].of(statement, context.operation);
      const description = this.#descriptions.get(prepared);
      if (description !== undefined) {
        this.#execute(asked, description);
      } else {
        asked.preparing = prepared;
        this.#sendWhole(prepared.preparation);
      }
    });
  }

  async rename(applicationName: string): Promise<void> {
    await new Promise((resolve, reject) => {
      this.#ask({ step: null, context: null, resolve, reject });
      this.#sendWhole(simpleQuery(`set application_name = ${pg.escapeLiteral(applicationName)}`));
    });
  }

  abandon(kind: FailureKind, code: string): void {
    this.#end({ kind, code, message: `the client gave up (${code})` });
    this.#stream.destroy();
  }

  /** What is sent after this is for it. Throws where nothing can be sent. */
  #ask(question: Question): Asked {
    // On a connection that is known to be gone nothing is sent: what never left cannot have committed.
    if (this.#farewell !== null) throw failureAfter(this.#farewell, false);
    if (this.#asked !== null) throw new Error("a connection performs one step at a time");
    const { step } = question;
    const asked: Asked = {
      question,
      // Before it is sent, for the reply to a statement may end the transaction.
      committing: step !== null && mayCommit(step, this.#status === idleStatus),
      startMs: performance.now(),
      reply: new Reply(this.#client, step?.kind === "query"),
      preparing: null,
      rows: copyFail,
      refusal: null,
    };
    this.#asked = asked;
    return asked;
  }

  /** Its rows, before anything is sent: what is wrong with them is the scenario's. False if something is. */
  #encode(asked: Asked, step: CopyStep): boolean {
    try {
      asked.rows = copyRows(copyDataOf(step));
      return true;
    } catch (bug) {
      this.#fail(bug);
      return false;
    }
  }

  #sendWhole(message: Buffer): void {
    this.#send(message, message.length);
  }

  #execute({ question, reply }: Asked, { execution, types, columns }: Description): void {
    reply.columns = columns;
    try {
      writeBind(output, { execution, types }, parametersOf(question.step));
    } catch (failure) {
      this.#fail(failure);
      return;
    }
    this.#send(output.bytes, output.length);
  }

  #receive(bytes: Buffer, length: number): void {
    try {
      this.#scanner.push(bytes, length);
    } catch (error) {
      // Where one message could not be read, nobody knows what the next one is.
      this.#end(farewellOf(error));
      this.#stream.destroy();
    }
  }

  #handle(bytes: Buffer, start: number): void {
    switch (byteAt(bytes, start)) {
      case readyForQuery:
        this.#status = byteAt(bytes, start + headerBytes);
        if (this.#status === idleStatus) this.#transactionsEnded++;
        if (this.#asked !== null) this.#ready(this.#asked);
        return;
      case errorResponse:
        this.#refused(refusalOf(bytes, start + headerBytes));
        return;
      case copyInResponse:
        this.#sendWhole(this.#asked?.rows ?? copyFail);
        return;
      default:
        this.#asked?.reply.take(bytes, start);
    }
  }

  #refused(refusal: Farewell): void {
    // After some errors nothing follows but the end. Without a statement it is the server that leaves.
    if (this.#asked === null || refusal.kind !== "sql") this.#end(refusal);
    else this.#asked.refusal ??= refusal;
  }

  #ready(asked: Asked): void {
    const { preparing, refusal, reply } = asked;
    if (refusal !== null) {
      this.#fail(failureAfter(refusal, asked.committing));
    } else if (preparing !== null) {
      asked.preparing = null;
      const { execution } = preparing;
      const description = { execution, types: reply.types, columns: reply.columns };
      this.#descriptions.set(preparing, description);
      this.#execute(asked, description);
    } else {
      this.#asked = null;
      settle(asked);
    }
  }

  #end(farewell: Farewell): void {
    this.#farewell ??= farewell;
    if (this.#asked !== null) this.#fail(failureAfter(this.#farewell, this.#asked.committing));
  }

  #fail(failure: unknown): void {
    const asked = this.#asked;
    this.#asked = null;
    asked?.question.reject(failure);
  }
}
