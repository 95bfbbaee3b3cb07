/** Connections of the sessions' own, one for each, for as long as the run lasts. */
import pg from "pg";
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

/** One connection a session. */
export class OwnConnections implements Connections {
  readonly #settings: ConnectionSettings;
  readonly #sessions: readonly number[];
  readonly #gate = new Gate();
  readonly #connections = new Map<number, SessionConnection>();
  readonly #clients = new Map<number, pg.Client>();
  readonly #account = new ConnectionAccount();

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
    return this.#account.transactionsEnded;
  }

  get lostConnections(): number {
    return this.#account.lost;
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
    const { driver, dialect, nameOf } = this.#settings;
    const client = new pg.Client(clientConfig(this.#settings, nameOf(session)));
    await client.connect();
    this.#clients.set(session, client);
    const connection = connectionOver(client, driver, dialect.prepared);
    this.#connections.set(session, this.#account.with(connection));
  }
}
