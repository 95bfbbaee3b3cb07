/**
 * A connection of the observer that comes back after it died. One question at a time, each with a
 * deadline at the server (statement_timeout) and one here, for a server that is stopped or out of
 * reach cannot keep its own. What the questions cost is measured: a watcher that is not free says so.
 */
import { readFile } from "node:fs/promises";
import type { Row } from "../core/step.ts";
import type { Address } from "../server/address.ts";
import { Connection, isLost, ServerError } from "../server/connection.ts";
import { observerName } from "./activity.ts";

/** Longer than any of our questions takes on a saturated server; shorter than the gap it may leave. */
const statementTimeoutMs = 2_000;

/** Gives the server's own timeout time to arrive first. */
const answerTimeoutMs = 3_000;

/** A server that restarts is asked once a second, not at each tick. */
const reconnectIntervalMs = 1_000;

interface Opened {
  readonly connection: Connection;
  readonly pid: number;
}

export class Link {
  readonly #address: Address;
  readonly #cpuUsByPid = new Map<number, number>();
  #opened: Promise<Opened> | null = null;
  #openedAtMs = -Infinity;
  #turn: Promise<unknown> = Promise.resolve();
  #queryUs = 0;
  #transactions = 0;

  constructor(address: Address) {
    this.#address = address;
  }

  /** Time spent waiting for answers, connecting included. */
  get queryUs(): number {
    return this.#queryUs;
  }

  /** That the server ended for this link: one a question, and two for a connection and its settings. */
  get transactions(): number {
    return this.#transactions;
  }

  /** Asks when earlier questions are answered. Throws ServerError; code "timeout" without an answer. */
  query(sql: string, parameters: readonly unknown[] = []): Promise<readonly Row[]> {
    const answer = this.#turn.then(() => this.#ask(sql, parameters));
    // Whoever asked is told of the failure; the next question does not depend on it.
    this.#turn = answer.catch(() => undefined);
    return answer;
  }

  /**
   * CPU that the server spent on this link in all its connections, in us, as far as read; null where
   * the server does not run on this machine under the process ids that it reports.
   */
  async cpuUs(): Promise<number | null> {
    const opened = await this.#opened?.catch(() => null);
    const now = opened ? await cpuUsOf(opened.pid) : null;
    if (opened && now !== null) this.#cpuUsByPid.set(opened.pid, now);
    if (this.#cpuUsByPid.size === 0) return null;
    return [...this.#cpuUsByPid.values()].reduce((sum, us) => sum + us, 0);
  }

  /** The process that answers, by the server's own account; null while there is none. */
  async backendPid(): Promise<number | null> {
    // Whoever asked over this connection was told why it failed.
    const opened = await this.#opened?.catch(() => null);
    return opened?.pid ?? null;
  }

  /** Closes the connection after the question under way. */
  async close(): Promise<void> {
    await this.#turn;
    const opened = await this.#opened?.catch(() => null);
    this.#opened = null;
    // A stopped server never says goodbye; the socket is then left to the operating system.
    if (opened) await inTime(opened.connection.close()).catch(() => undefined);
  }

  async #ask(sql: string, parameters: readonly unknown[]): Promise<readonly Row[]> {
    const startMs = performance.now();
    const known = this.#opened !== null;
    try {
      return await this.#askOnce(sql, parameters);
    } catch (error) {
      // That an idle connection died shows only when it is used. All our questions may be repeated.
      if (!known || !isLost(error) || error.code === noAnswer || !this.#mayConnect()) throw error;
      return await this.#askOnce(sql, parameters);
    } finally {
      this.#queryUs += Math.round((performance.now() - startMs) * 1000);
    }
  }

  async #askOnce(sql: string, parameters: readonly unknown[]): Promise<readonly Row[]> {
    this.#transactions++;
    try {
      return await inTime(this.#open().then(({ connection }) => connection.query(sql, parameters)));
    } catch (error) {
      if (isLost(error)) this.#abandon();
      throw error;
    }
  }

  #open(): Promise<Opened> {
    if (this.#opened !== null) return this.#opened;
    const opened = this.#connect();
    this.#opened = opened;
    // Whoever asked is told of the failure; here it only makes room for the next attempt.
    opened.catch(() => {
      if (this.#opened === opened) this.#opened = null;
    });
    return opened;
  }

  #mayConnect(): boolean {
    return performance.now() - this.#openedAtMs >= reconnectIntervalMs;
  }

  async #connect(): Promise<Opened> {
    if (!this.#mayConnect()) {
      throw new ServerError("the observer's connection is gone", connectionDoesNotExist);
    }
    this.#openedAtMs = performance.now();
    this.#transactions += 2;
    const connection = await Connection.open(this.#address, observerName);
    try {
      const [row] = await connection.query(
        "select pg_backend_pid() as pid, set_config('statement_timeout', $1, false)",
        [`${statementTimeoutMs}ms`],
      );
      return { connection, pid: Number(row?.pid) };
    } catch (error) {
      await connection.close();
      throw error;
    }
  }

  #abandon(): void {
    const opened = this.#opened;
    this.#opened = null;
    // Not awaited, and its failure is no news: the connection is dead, or the server does not answer.
    opened?.then(({ connection }) => connection.close()).catch(() => undefined);
  }
}

const connectionDoesNotExist = "08003";

const noAnswer = "timeout";

async function inTime<T>(answer: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new ServerError(`no answer within ${answerTimeoutMs} ms`, noAnswer));
    }, answerTimeoutMs);
  });
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Time on the CPU since the process began; null where Linux's scheduler statistics are not readable. */
async function cpuUsOf(pid: number): Promise<number | null> {
  try {
    const [nanoseconds] = (await readFile(`/proc/${pid}/schedstat`, "utf8")).split(" ");
    return Math.round(Number(nanoseconds) / 1000);
  } catch {
    // Another operating system, hidden processes, or a backend that is gone: then it is not known.
    return null;
  }
}
