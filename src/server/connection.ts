/**
 * A connection of loadgen's own, beside the sessions under test: for preparing, observing, faults
 * and audits. Errors carry the SQLSTATE and never a password.
 */
import pg from "pg";
import { endsConnection } from "../core/failure.ts";
import type { Row } from "../core/step.ts";
import type { Address } from "./address.ts";

/** A server that cannot be used, or a statement of our own that it refused. Exit code 3. */
export class ServerError extends Error {
  /** SQLSTATE or transport code; empty where there is none. */
  readonly code: string;

  constructor(message: string, code: string, cause?: unknown) {
    super(message, { cause });
    this.name = "ServerError";
    this.code = code;
  }
}

export class Connection {
  #client: pg.Client;
  readonly #label: string;
  readonly #openAlike: () => Promise<pg.Client>;
  #isOver = false;
  #transactions = 0;
  #underWay = 0;
  #turn: Promise<unknown> = Promise.resolve();
  /** Null: a connection that is over stays so. */
  #openAnew: (() => Promise<pg.Client>) | null = null;

  private constructor(client: pg.Client, label: string, openAlike: () => Promise<pg.Client>) {
    this.#client = client;
    this.#label = label;
    this.#openAlike = openAlike;
    this.#watch(client);
  }

  static async open(address: Address, applicationName: string): Promise<Connection> {
    const openAlike = () => connected(address, applicationName);
    return new Connection(await openAlike(), address.display, openAlike);
  }

  /**
   * For statements that each stand alone: where the connection died, the next one opens it anew.
   * @param settings sent first on every session, such as `set lock_timeout = 5000`.
   */
  static async openLasting(
    address: Address,
    applicationName: string,
    settings: readonly string[],
  ): Promise<Connection> {
    const openAnew = () => connectedWith(address, applicationName, settings);
    const connection = new Connection(await openAnew(), address.display, openAnew);
    connection.#openAnew = openAnew;
    return connection;
  }

  /** Opens, hands over, and closes whatever happens. */
  static async use<T>(
    address: Address,
    applicationName: string,
    work: (connection: Connection) => Promise<T>,
  ): Promise<T> {
    const connection = await Connection.open(address, applicationName);
    try {
      return await work(connection);
    } finally {
      await connection.close();
    }
  }

  /** One more to the same database, which the caller closes. */
  async another(): Promise<Connection> {
    return new Connection(await this.#openAlike(), this.#label, this.#openAlike);
  }

  /** How many transactions the server has ended on it, by its own account, and one for each start of a session. */
  get transactions(): number {
    return this.#transactions;
  }

  /** Whether it waits for the answer to a query. */
  get isBusy(): boolean {
    return this.#underWay > 0;
  }

  /** Asks when earlier questions are answered: the driver is to be asked one at a time. */
  query(sql: string, parameters: readonly unknown[] = []): Promise<readonly Row[]> {
    this.#underWay++;
    const answer = this.#turn.then(() => this.#ask(sql, parameters));
    // Whoever asked is told of the failure; the next question does not depend on it.
    this.#turn = answer.catch(() => undefined);
    return answer.finally(() => this.#underWay--);
  }

  async #ask(sql: string, parameters: readonly unknown[]): Promise<readonly Row[]> {
    await this.#reopenIfOver();
    try {
      const result = await this.#client.query<Row>(sql, [...parameters]);
      return result.rows;
    } catch (error) {
      throw serverError(this.#label, error);
    }
  }

  /** Several statements in one string, without parameters: for .sql files. */
  async script(sql: string): Promise<void> {
    try {
      await this.#client.query(sql);
    } catch (error) {
      throw serverError(this.#label, error);
    }
  }

  /** The driver's client, for COPY streams. */
  get client(): pg.Client {
    return this.#client;
  }

  async close(): Promise<void> {
    this.#openAnew = null;
    // Closing a connection that died already is no news: whoever used it was told.
    await this.#client.end().catch(() => undefined);
  }

  #watch(client: pg.Client): void {
    this.#isOver = false;
    this.#transactions++;
    client.once("end", () => (this.#isOver = true));
    // What the client speaks through; only its types make a secret of it.
    const { connection } = client as unknown as { readonly connection: pg.Connection };
    connection.on("readyForQuery", ({ status }: { readonly status: string }) => {
      if (status === "I") this.#transactions++;
    });
  }

  async #reopenIfOver(): Promise<void> {
    if (!this.#isOver || this.#openAnew === null) return;
    this.#client = await this.#openAnew();
    this.#watch(this.#client);
  }
}

async function connected(address: Address, applicationName: string): Promise<pg.Client> {
  const client = new pg.Client(address.clientConfig(applicationName));
  // A dying connection fails its running query, which reports it, and then emits this event as well.
  client.on("error", () => undefined);
  try {
    await client.connect();
  } catch (error) {
    throw serverError(`cannot connect to ${address.display}`, error);
  }
  return client;
}

async function connectedWith(
  address: Address,
  applicationName: string,
  settings: readonly string[],
): Promise<pg.Client> {
  const client = await connected(address, applicationName);
  try {
    for (const statement of settings) await client.query(statement);
  } catch (error) {
    // The first failure is the one to tell.
    await client.end().catch(() => undefined);
    throw serverError(address.display, error);
  }
  return client;
}

/**
 * Whether the connection is over. An SQL error leaves it usable, unless its code says otherwise; all
 * others end it. An SQLSTATE has five characters with a digit among them, a transport code (EPIPE)
 * has none.
 */
export function isLost(error: unknown): error is ServerError {
  if (!(error instanceof ServerError)) return false;
  const isSqlstate = /^(?=.*\d)[0-9A-Z]{5}$/.test(error.code);
  return !isSqlstate || endsConnection(error.code);
}

export function serverError(what: string, error: unknown): ServerError {
  const message = error instanceof Error ? error.message || errorCode(error) : String(error);
  return new ServerError(`${what}: ${message}`, errorCode(error), error);
}

function errorCode(error: unknown): string {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === "string" ? code : "";
}
