/**
 * A connection of loadgen's own, beside the sessions under test: for preparing, observing, faults
 * and audits. Errors carry the SQLSTATE and never a password.
 */
import pg from "pg";
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
  readonly #client: pg.Client;
  readonly #label: string;

  private constructor(client: pg.Client, label: string) {
    this.#client = client;
    this.#label = label;
  }

  static async open(address: Address, applicationName: string): Promise<Connection> {
    const client = new pg.Client(address.clientConfig(applicationName));
    // A dying connection fails its running query, which reports it, and then emits this event as well.
    client.on("error", () => undefined);
    try {
      await client.connect();
    } catch (error) {
      throw serverError(`cannot connect to ${address.display}`, error);
    }
    return new Connection(client, address.display);
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

  async query(sql: string, parameters: readonly unknown[] = []): Promise<readonly Row[]> {
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
    // Closing a connection that died already is no news: whoever used it was told.
    await this.#client.end().catch(() => undefined);
  }
}

export function serverError(what: string, error: unknown): ServerError {
  const message = error instanceof Error ? error.message || errorCode(error) : String(error);
  return new ServerError(`${what}: ${message}`, errorCode(error), error);
}

function errorCode(error: unknown): string {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === "string" ? code : "";
}
