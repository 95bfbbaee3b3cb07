/**
 * How a session gets its connection: one of its own, for good, or one from a pool for the length
 * of a transaction. In both cases through a gate that the pool-limit fault can narrow.
 */
import pLimit from "p-limit";
import pg from "pg";
import { Failure } from "../../core/failure.ts";
import type { Isolation } from "../../core/step.ts";
import type { Address } from "../../server/address.ts";
import { serverError } from "../../server/connection.ts";
import { Gate } from "./gate.ts";
import { SessionConnection } from "./session-connection.ts";

export interface ConnectionSettings {
  readonly address: Address;
  /** The application_name of a session. */
  readonly nameOf: (session: number) => string;
  /** Also of statements outside BEGIN. */
  readonly isolation: Isolation;
  readonly statementTimeoutMs: number;
  readonly lockTimeoutMs: number;
}

/** What is done with a connection; `gateWaitUs` is how long the gate alone kept it waiting. */
export type Work<T> = (connection: SessionConnection, gateWaitUs: number) => Promise<T>;

export interface Connections {
  /** Opens what is to be open before the first transaction. Rejects with a ServerError. */
  open(): Promise<void>;
  /** Makes sure that the session can start a transaction; true if it had to connect anew. */
  ready(session: number): Promise<boolean>;
  /**
   * Lends the session a connection for the length of `work`, once the gate and the pool allow it.
   * Rejects with a Failure if there is none to be had.
   */
  use<T>(session: number, work: Work<T>): Promise<T>;
  /** At most `max` connections may be in use at a time; null: no limit. */
  limit(max: number | null): void;
  /** Drops every connection under whatever runs on it. */
  abandonAll(code: string): void;
  close(): Promise<void>;
}

/** So many at once: each is a fork and an authentication at the server, and its backlog is finite. */
const openingAtOnceMax = 10;

function clientConfig(settings: ConnectionSettings, name: string): pg.ClientConfig {
  const own = settings.address.clientConfig(name);
  const isolation = settings.isolation.replace("-", "\\ ");
  return {
    ...own,
    options: `${own.options ?? ""} -c default_transaction_isolation=${isolation}`.trim(),
    statement_timeout: settings.statementTimeoutMs,
    lock_timeout: settings.lockTimeoutMs,
  };
}

/** Settles when each of them is open or refused. */
function openAll<T>(
  count: number,
  open: (index: number) => Promise<T>,
): Promise<readonly PromiseSettledResult<T>[]> {
  const opening = pLimit(openingAtOnceMax);
  const indexes = Array.from({ length: count }, (_, index) => index);
  return Promise.allSettled(indexes.map((index) => opening(() => open(index))));
}

function isFulfilled<T>(result: PromiseSettledResult<T>): result is PromiseFulfilledResult<T> {
  return result.status === "fulfilled";
}

/** Throws a ServerError for the first that was refused. */
function assertOpened(results: readonly PromiseSettledResult<unknown>[], address: Address): void {
  const failed = results.find((result) => result.status === "rejected");
  if (failed === undefined) return;
  const open = results.filter(isFulfilled).length;
  throw serverError(
    `could open only ${open} of ${results.length} connections to ${address.display}`,
    failed.reason,
  );
}

/** One connection a session. */
export class OwnConnections implements Connections {
  readonly #settings: ConnectionSettings;
  readonly #sessions: number;
  readonly #gate = new Gate();
  readonly #connections = new Map<number, SessionConnection>();
  readonly #clients = new Map<number, pg.Client>();

  constructor(settings: ConnectionSettings, sessions: number) {
    this.#settings = settings;
    this.#sessions = sessions;
  }

  async open(): Promise<void> {
    const { address } = this.#settings;
    const results = await openAll(this.#sessions, (session) => this.#connect(session));
    if (!results.every(isFulfilled)) await this.close();
    assertOpened(results, address);
  }

  async ready(session: number): Promise<boolean> {
    if (this.#connections.get(session)?.alive === true) return false;
    await this.#connect(session);
    return true;
  }

  use<T>(session: number, work: Work<T>): Promise<T> {
    return this.#gate.run((gateWaitUs) => {
      const connection = this.#connections.get(session);
      if (connection === undefined) throw new Error(`session ${session} was never connected`);
      return work(connection, gateWaitUs);
    });
  }

  limit(max: number | null): void {
    this.#gate.limit(max);
  }

  abandonAll(code: string): void {
    for (const connection of this.#connections.values()) connection.abandon("timeout", code);
  }

  async close(): Promise<void> {
    // A client that died already has nothing to close.
    await Promise.all(
      [...this.#clients.values()].map((client) => client.end().catch(() => undefined)),
    );
  }

  async #connect(session: number): Promise<void> {
    const client = new pg.Client(clientConfig(this.#settings, this.#settings.nameOf(session)));
    const connection = new SessionConnection(client);
    await client.connect();
    this.#clients.set(session, client);
    this.#connections.set(session, connection);
  }
}

/** A real pool of `max` connections, shared by all sessions. */
export class PooledConnections implements Connections {
  readonly #settings: ConnectionSettings;
  readonly #max: number;
  readonly #pool: pg.Pool;
  readonly #gate = new Gate();
  readonly #connections = new WeakMap<pg.PoolClient, SessionConnection>();
  readonly #lent = new Set<SessionConnection>();
  #opened = 0;
  /** Connections made for others that died, and not yet told of. */
  #replaced = 0;
  #isDown = false;

  constructor(settings: ConnectionSettings, max: number) {
    this.#settings = settings;
    this.#max = max;
    this.#pool = new pg.Pool({
      ...clientConfig(settings, settings.nameOf(0)),
      max,
      idleTimeoutMillis: 0,
      // In a pool this bounds the wait for a free connection too; that wait is what we measure.
      connectionTimeoutMillis: 0,
    });
    // An idle connection that dies is replaced by the pool at the next lease.
    this.#pool.on("error", () => undefined);
    this.#pool.on("connect", () => {
      this.#opened++;
      if (this.#opened > max) this.#replaced++;
    });
  }

  /** All of them, each held until all are open: the pool opens one only while none is free. */
  async open(): Promise<void> {
    const results = await openAll(this.#max, () => this.#pool.connect());
    for (const { value } of results.filter(isFulfilled)) value.release();
    assertOpened(results, this.#settings.address);
  }

  /**
   * Once no connection could be had, sessions ask here first, at a pace, instead of failing one
   * transaction after the other. Replacements are made by the pool, within the wait for a
   * connection; here they are only counted, once each.
   */
  async ready(): Promise<boolean> {
    if (this.#isDown) {
      (await this.#pool.connect()).release();
      this.#isDown = false;
    }
    if (this.#replaced === 0) return false;
    this.#replaced--;
    return true;
  }

  use<T>(session: number, work: Work<T>): Promise<T> {
    return this.#gate.run(async (gateWaitUs) => {
      const client = await this.#lease();
      const connection = this.#connectionOf(client);
      this.#lent.add(connection);
      try {
        await connection.rename(this.#settings.nameOf(session));
        return await work(connection, gateWaitUs);
      } finally {
        this.#lent.delete(connection);
        client.release(!connection.alive);
      }
    });
  }

  limit(max: number | null): void {
    this.#gate.limit(max);
  }

  abandonAll(code: string): void {
    for (const connection of this.#lent) connection.abandon("timeout", code);
  }

  async close(): Promise<void> {
    await this.#pool.end();
  }

  async #lease(): Promise<pg.PoolClient> {
    try {
      return await this.#pool.connect();
    } catch (error) {
      this.#isDown = true;
      const { code, message } = error as { code?: string; message?: string };
      throw new Failure("connection", code ?? "connection-refused", message ?? String(error));
    }
  }

  #connectionOf(client: pg.PoolClient): SessionConnection {
    let connection = this.#connections.get(client);
    if (connection === undefined) {
      connection = new SessionConnection(client);
      this.#connections.set(client, connection);
    }
    return connection;
  }
}
