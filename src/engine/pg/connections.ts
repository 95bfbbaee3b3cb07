/**
 * How a session gets its connection: one of its own, for good, or one from a pool for the length
 * of a transaction. In both cases through a gate that the pool-limit fault can narrow.
 */
import pLimit from "p-limit";
import pg from "pg";
import { Failure } from "../../core/failure.ts";
import type { Driver } from "../../core/plan.ts";
import type { Isolation } from "../../core/step.ts";
import type { Address } from "../../server/address.ts";
import { serverError } from "../../server/connection.ts";
import { Gate } from "./gate.ts";
import { connectionOver, driverConfig, type SessionConnection } from "./session-connection.ts";

export interface ConnectionSettings {
  readonly driver: Driver;
  readonly address: Address;
  /** The application_name of a session. */
  readonly nameOf: (session: number) => string;
  /** Also of statements outside BEGIN. */
  readonly isolation: Isolation;
  readonly statementTimeoutMs: number;
  readonly lockTimeoutMs: number;
}

/** A connection, lent for the length of a transaction. */
export interface Lease {
  readonly connection: SessionConnection;
  /** How long the gate alone kept the session waiting. */
  readonly gateWaitUs: number;
}

export interface Connections<Lent extends Lease = Lease> {
  /** Opens what is to be open before the first transaction. Rejects with a ServerError. */
  open(): Promise<void>;
  /** Whether the session can start a transaction without `reconnect`. */
  isReady(session: number): boolean;
  /** Makes the session ready; true if a connection was lost and replaced for it. */
  reconnect(session: number): Promise<boolean>;
  /**
   * Lends the session a connection, at once or once the gate and the pool allow it. Rejects with a
   * Failure if there is none to be had. What was lent must be released.
   */
  lease(session: number): Lent | Promise<Lent>;
  release(lease: Lent): void;
  /** At most `max` connections may be in use at a time; null: no limit. */
  limit(max: number | null): void;
  /** The most that were ever in use at a time. */
  readonly inUseMax: number;
  /** How many transactions the server has ended on all of them, and one for the start of each. */
  readonly transactionsEnded: number;
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
    ...driverConfig(settings.driver),
    options: `${own.options ?? ""} -c default_transaction_isolation=${isolation}`.trim(),
    statement_timeout: settings.statementTimeoutMs,
    lock_timeout: settings.lockTimeoutMs,
  };
}

/** Settles when each of them is open or refused. */
function openAll<T>(
  sessions: readonly number[],
  open: (session: number) => Promise<T>,
): Promise<readonly PromiseSettledResult<T>[]> {
  const opening = pLimit(openingAtOnceMax);
  return Promise.allSettled(sessions.map((session) => opening(() => open(session))));
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

/** What the server ended on connections that are, and on those that were. */
class EndedTransactions {
  readonly #connections = new Set<SessionConnection>();
  #gone = 0;

  with(connection: SessionConnection): SessionConnection {
    for (const known of this.#connections) {
      if (known.alive) continue;
      this.#gone += known.transactionsEnded + 1;
      this.#connections.delete(known);
    }
    this.#connections.add(connection);
    return connection;
  }

  get count(): number {
    const each = [...this.#connections].map((connection) => connection.transactionsEnded + 1);
    return each.reduce((sum, one) => sum + one, this.#gone);
  }
}

/** One connection a session. */
export class OwnConnections implements Connections {
  readonly #settings: ConnectionSettings;
  readonly #sessions: readonly number[];
  readonly #gate = new Gate();
  readonly #connections = new Map<number, SessionConnection>();
  readonly #clients = new Map<number, pg.Client>();
  readonly #ever = new EndedTransactions();

  constructor(settings: ConnectionSettings, sessions: readonly number[]) {
    this.#settings = settings;
    this.#sessions = sessions;
  }

  async open(): Promise<void> {
    const { address } = this.#settings;
    const results = await openAll(this.#sessions, (session) => this.#connect(session));
    if (!results.every(isFulfilled)) await this.close();
    assertOpened(results, address);
  }

  isReady(session: number): boolean {
    return this.#connections.get(session)?.alive === true;
  }

  async reconnect(session: number): Promise<boolean> {
    await this.#connect(session);
    return true;
  }

  lease(session: number): Lease | Promise<Lease> {
    const entering = this.#gate.enter();
    if (entering === null) return { connection: this.#of(session), gateWaitUs: 0 };
    return waitUs(entering).then((gateWaitUs) => ({ connection: this.#of(session), gateWaitUs }));
  }

  release(): void {
    this.#gate.leave();
  }

  get inUseMax(): number {
    return this.#gate.insideMax;
  }

  get transactionsEnded(): number {
    return this.#ever.count;
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

  #of(session: number): SessionConnection {
    const connection = this.#connections.get(session);
    if (connection === undefined) throw new Error(`session ${session} was never connected`);
    return connection;
  }

  async #connect(session: number): Promise<void> {
    const { driver, nameOf } = this.#settings;
    const client = new pg.Client(clientConfig(this.#settings, nameOf(session)));
    await client.connect();
    this.#clients.set(session, client);
    this.#connections.set(session, this.#ever.with(connectionOver(client, driver)));
  }
}

/** How long it takes until `entering` resolves. */
async function waitUs(entering: Promise<void>): Promise<number> {
  const startMs = performance.now();
  await entering;
  return (performance.now() - startMs) * 1000;
}

interface PooledLease extends Lease {
  readonly client: pg.PoolClient;
}

/** A real pool of `max` connections, shared by all sessions. */
export class PooledConnections implements Connections<PooledLease> {
  readonly #settings: ConnectionSettings;
  readonly #max: number;
  readonly #pool: pg.Pool;
  readonly #gate = new Gate();
  readonly #connections = new WeakMap<pg.PoolClient, SessionConnection>();
  readonly #lent = new Set<SessionConnection>();
  readonly #ever = new EndedTransactions();
  #lentMax = 0;
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
    this.#pool.on("connect", (client) => {
      this.#connections.set(client, this.#ever.with(connectionOver(client, settings.driver)));
      this.#opened++;
      if (this.#opened > max) this.#replaced++;
    });
  }

  /** All of them, each held until all are open: the pool opens one only while none is free. */
  async open(): Promise<void> {
    const indexes = Array.from({ length: this.#max }, (_, index) => index);
    const results = await openAll(indexes, () => this.#pool.connect());
    for (const { value } of results.filter(isFulfilled)) value.release();
    assertOpened(results, this.#settings.address);
  }

  /** Replacements are made by the pool, within the wait for a connection; here they are only counted, once each. */
  isReady(): boolean {
    return !this.#isDown && this.#replaced === 0;
  }

  /**
   * Once no connection could be had, sessions ask here first, at a pace, instead of failing one
   * transaction after the other.
   */
  async reconnect(): Promise<boolean> {
    if (this.#isDown) {
      (await this.#pool.connect()).release();
      this.#isDown = false;
    }
    if (this.#replaced === 0) return false;
    this.#replaced--;
    return true;
  }

  async lease(session: number): Promise<PooledLease> {
    const entering = this.#gate.enter();
    const gateWaitUs = entering === null ? 0 : await waitUs(entering);
    let client: pg.PoolClient | null = null;
    try {
      client = await this.#take();
      const connection = this.#connectionOf(client);
      await connection.rename(this.#settings.nameOf(session));
      this.#lent.add(connection);
      this.#lentMax = Math.max(this.#lentMax, this.#lent.size);
      return { connection, gateWaitUs, client };
    } catch (failure) {
      client?.release(true);
      this.#gate.leave();
      throw failure;
    }
  }

  release(lease: PooledLease): void {
    this.#lent.delete(lease.connection);
    lease.client.release(!lease.connection.alive);
    this.#gate.leave();
  }

  get inUseMax(): number {
    return this.#lentMax;
  }

  get transactionsEnded(): number {
    return this.#ever.count;
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

  async #take(): Promise<pg.PoolClient> {
    try {
      return await this.#pool.connect();
    } catch (error) {
      this.#isDown = true;
      const { code, message } = error as { code?: string; message?: string };
      throw new Failure("connection", code ?? "connection-refused", message ?? String(error));
    }
  }

  #connectionOf(client: pg.PoolClient): SessionConnection {
    const connection = this.#connections.get(client);
    if (connection === undefined) throw new Error("the pool lent what it never opened");
    return connection;
  }
}
