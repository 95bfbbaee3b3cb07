/** Connections of the sessions' own, for as long as the run lasts. */
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

/** As many a session as it is said to need. */
export class OwnConnections implements Connections {
  readonly #settings: ConnectionSettings;
  readonly #sessions: readonly number[];
  readonly #each: number;
  readonly #gate = new Gate();
  /** By session; by their place among the session's. */
  readonly #connections = new Map<number, SessionConnection[]>();
  readonly #clients = new Set<pg.Client>();
  readonly #account = new ConnectionAccount();

  constructor(settings: ConnectionSettings, sessions: readonly number[], each: number) {
    this.#settings = settings;
    this.#sessions = sessions;
    this.#each = each;
  }

  async open(): Promise<void> {
    const { address } = this.#settings;
    const wanted = this.#sessions.flatMap((session) =>
      Array.from({ length: this.#each }, (_, place) => ({ session, place })),
    );
    const results = await openAll(wanted, (one) => this.#connect(one));
    if (!results.every(isFulfilled)) await this.close();
    assertOpened(results, address);
  }

  isReady(session: number): boolean {
    return this.#of(session).every(({ alive }) => alive);
  }

  async reconnect(session: number): Promise<boolean> {
    for (const [place, { alive }] of this.#of(session).entries()) {
      if (!alive) await this.#connect({ session, place });
    }
    return true;
  }

  lease(session: number): Lease | Promise<Lease> {
    const entering = this.#gate.enter();
    if (entering === null) return this.#lend(session, 0);
    return waitUs(entering).then((gateWaitUs) => this.#lend(session, gateWaitUs));
  }

  release(): void {
    this.#gate.leave();
  }

  get inUseMax(): number {
    return this.#gate.insideMax * this.#each;
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
    for (const connection of [...this.#connections.values()].flat()) {
      connection.abandon("timeout", code);
    }
  }

  async close(): Promise<void> {
    // A client that died already has nothing to close.
    await Promise.all([...this.#clients].map((client) => client.end().catch(() => undefined)));
  }

  #lend(session: number, gateWaitUs: number): Lease {
    const [connection, ...further] = this.#of(session);
    if (connection === undefined) throw new Error(`session ${session} was never connected`);
    return { connection, further, gateWaitUs };
  }

  #of(session: number): SessionConnection[] {
    let connections = this.#connections.get(session);
    if (connections === undefined) {
      connections = [];
      this.#connections.set(session, connections);
    }
    return connections;
  }

  async #connect({ session, place }: Place): Promise<void> {
    const { driver, dialect, nameOf } = this.#settings;
    const client = new pg.Client(clientConfig(this.#settings, nameOf(session)));
    await client.connect();
    this.#clients.add(client);
    client.once("end", () => this.#clients.delete(client));
    const connection = connectionOver(client, driver, dialect.prepared);
    this.#of(session)[place] = this.#account.with(connection);
  }
}

/** Which of a session's connections. */
interface Place {
  readonly session: number;
  readonly place: number;
}
