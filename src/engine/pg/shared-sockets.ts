/**
 * A few sockets inside the driver that all sessions share, while the generator takes each of them to
 * have a connection of its own. It is a mistake, made on purpose: a driver's own ten sockets once
 * made a server look slow that had nothing to do. A transaction that waits for a socket has its lease
 * already, so that all of its waiting looks like service, and only the server sees how few they are.
 */
import { Failure, type FailureKind } from "../../core/failure.ts";
import type { DriverSockets } from "../../core/plan.ts";
import type { ConnectionStep, Row } from "../../core/step.ts";
import { type Connections, type ConnectionSettings, type Lease, waitUs } from "./connections.ts";
import { Gate } from "./gate.ts";
import { PooledConnections, type PooledLease } from "./pooled-connections.ts";
import type { LentConnection, SessionConnection, StepContext } from "./session-connection.ts";
import { pause } from "./statements.ts";

interface SharingLease extends Lease {
  readonly connection: SharingConnection;
}

/** So many real connections, shared by all sessions, each of which seems to have one. */
export class SharedSockets implements Connections<SharingLease> {
  readonly #sockets: Sockets;
  readonly #gate = new Gate();
  readonly #lent = new Set<SharingConnection>();

  constructor(settings: ConnectionSettings, { count, overheadMs }: DriverSockets) {
    const free = new Gate();
    free.limit(count);
    this.#sockets = { pool: new PooledConnections(settings, count), free, overheadMs };
  }

  open(): Promise<void> {
    return this.#sockets.pool.open();
  }

  isReady(): boolean {
    return this.#sockets.pool.isReady();
  }

  reconnect(): Promise<boolean> {
    return this.#sockets.pool.reconnect();
  }

  lease(session: number): SharingLease | Promise<SharingLease> {
    const entering = this.#gate.enter();
    if (entering === null) return this.#lend(session, 0);
    return waitUs(entering).then((gateWaitUs) => this.#lend(session, gateWaitUs));
  }

  release({ connection }: SharingLease): void {
    this.#lent.delete(connection);
    connection.giveBack();
    this.#gate.leave();
  }

  /** Of what the generator takes for connections. */
  get inUseMax(): number {
    return this.#gate.insideMax;
  }

  get transactionsEnded(): number {
    return this.#sockets.pool.transactionsEnded;
  }

  get lostConnections(): number {
    return this.#sockets.pool.lostConnections;
  }

  limit(max: number | null): void {
    this.#gate.limit(max);
  }

  abandonAll(code: string): void {
    for (const connection of this.#lent) connection.abandon("timeout", code);
  }

  close(): Promise<void> {
    return this.#sockets.pool.close();
  }

  #lend(session: number, gateWaitUs: number): SharingLease {
    const connection = new SharingConnection(this.#sockets, session);
    this.#lent.add(connection);
    return { connection, further: [], gateWaitUs };
  }
}

interface Sockets {
  readonly pool: PooledConnections;
  /** As many as there are sockets are inside: whoever waits does so here, and can stop waiting. */
  readonly free: Gate;
  readonly overheadMs: number;
}

/** What a session takes for its connection, for the length of a transaction. */
class SharingConnection implements LentConnection {
  readonly #sockets: Sockets;
  readonly #session: number;
  /** Null until the first step. */
  #taking: Promise<PooledLease> | null = null;
  #socket: SessionConnection | null = null;
  #farewell: Failure | null = null;
  /** Rejects with the farewell. */
  readonly #givenUp: Promise<never>;
  #giveUp: (farewell: Failure) => void = () => undefined;

  constructor(sockets: Sockets, session: number) {
    this.#sockets = sockets;
    this.#session = session;
    this.#givenUp = new Promise((_, reject) => (this.#giveUp = reject));
    // A step that waits is told; without one there is nobody to tell.
    this.#givenUp.catch(() => undefined);
  }

  async perform(step: ConnectionStep, context: StepContext): Promise<readonly Row[]> {
    this.#socket ??= await this.#awaitSocket(context.signal);
    if (this.#farewell !== null) throw this.#farewell;
    return this.#socket.perform(step, context);
  }

  /** A socket that no step was sent on yet is left alone: it is whole. */
  abandon(kind: FailureKind, code: string): void {
    this.#farewell ??= new Failure(kind, code, `the client gave up (${code})`);
    this.#giveUp(this.#farewell);
    this.#socket?.abandon(kind, code);
  }

  /** The transaction is over: another one gets the socket, even if it is still on its way to this one. */
  giveBack(): void {
    const { pool, free } = this.#sockets;
    this.#taking?.then(
      (lease) => {
        pool.release(lease);
        free.leave();
      },
      // Why there was none to be had, the step was told that waited for it.
      () => free.leave(),
    );
  }

  /** Until it has one, and the driver has done with it whatever it does. */
  async #awaitSocket(signal: AbortSignal): Promise<SessionConnection> {
    this.#taking = this.#take();
    const { connection } = await Promise.race([this.#taking, this.#givenUp]);
    await Promise.race([pause(this.#sockets.overheadMs, signal), this.#givenUp]);
    return connection;
  }

  async #take(): Promise<PooledLease> {
    await this.#sockets.free.enter();
    if (this.#farewell !== null) throw this.#farewell;
    return this.#sockets.pool.lease(this.#session);
  }
}
