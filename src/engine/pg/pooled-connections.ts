/** Connections from a real pool, each lent for the length of a transaction. */
import pg from "pg";
import { Failure } from "../../core/failure.ts";
import { ConnectionAccount } from "./connection-account.ts";
import {
  assertOpened,
  clientConfig,
  type Connections,
  type ConnectionSettings,
  isFulfilled,
  type Lease,
  openAll,
  waitUs,
} from "./connections.ts";
import { Gate } from "./gate.ts";
import type { SessionConnection } from "./session-connection.ts";
import { connectionOver } from "./session-driver.ts";

export interface PooledLease extends Lease {
  readonly connection: SessionConnection;
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
  readonly #account = new ConnectionAccount();
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
      const connection = connectionOver(client, settings.driver, settings.dialect.prepared);
      this.#connections.set(client, this.#account.with(connection));
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
      return { connection, further: [], gateWaitUs, client };
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
    return this.#account.transactionsEnded;
  }

  get lostConnections(): number {
    return this.#account.lost;
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
