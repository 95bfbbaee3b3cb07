/**
 * One run at a time on a server: two at once would measure each other. The lock is a session-level
 * advisory lock on a connection of its own, so it goes with its process however that ends. Advisory
 * locks are per database: whatever database a run is for, it locks in `postgres`, and in its own only
 * where the login may not connect to that one. A run may crash its server: the lock goes with it, and
 * is taken again.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { Address } from "./address.ts";
import { Connection, isLost, ServerError } from "./connection.ts";

/** Both keys of the advisory lock: "load" and "run" in ASCII. */
export const runLockKeys = Object.freeze([0x6c6f6164, 0x72756e] as const);

export interface RunLock {
  /**
   * Aborted, with a ServerError, when the lock's connection died and somebody else had the lock by
   * the time that the server could be asked for it.
   */
  readonly lost: AbortSignal;
  /**
   * Once a server that was down is back: resolves when the lock is held again, or is lost, or the
   * server does not answer for too long. Never rejects.
   */
  regained(): Promise<void>;
  /** Whether it is held: by the last that was heard of the server. */
  readonly isHeld: boolean;
  release(): Promise<void>;
}

/** Who holds the lock; null where this login may not see it, or it is no loadgen. */
export interface RunLockHolder {
  /** The process id of the other loadgen, on its own machine. */
  readonly pid: number | null;
  readonly since: Date | null;
}

/** What happens while another run holds the lock. */
export interface Waiting {
  /** Called once for every holder that is waited for. */
  readonly onWaiting: (holder: RunLockHolder) => void;
  /** Ends the wait: its reason is thrown. */
  readonly signal: AbortSignal;
  /**
   * Asked when the connection died: true once the server may be back that a living run has crashed
   * or stopped; false where nobody's run has, and the failure is to be told.
   */
  readonly comesBack: () => Promise<boolean>;
}

/** Waits for the lock as long as it takes. Throws ServerError, or the reason of an abort. */
export async function acquireRunLock(address: Address, waiting: Waiting): Promise<RunLock> {
  for (;;) {
    try {
      return await acquireOnce(address, waiting);
    } catch (error) {
      if (!isLost(error) || !(await waiting.comesBack())) throw error;
      await pause(waiting.signal);
    }
  }
}

async function acquireOnce(address: Address, waiting: Waiting): Promise<RunLock> {
  waiting.signal.throwIfAborted();
  const connection = await openForLock(address);
  try {
    await waitForLock(connection, waiting);
    return new HeldLock(address, connection);
  } catch (error) {
    await connection.close();
    throw error;
  }
}

const applicationPrefix = "loadgen/run-lock pid=";

const commonDatabase = "postgres";

/** No such database; CONNECT not granted; and what pg_hba.conf lets nobody in with. */
const closedCodes = ["3D000", "42501", "28000", "28P01"];

async function openForLock(address: Address): Promise<Connection> {
  const name = `${applicationPrefix}${process.pid}`;
  // The database that was named must be usable, and it is the one that a complaint should name.
  await (await Connection.open(address, name)).close();
  try {
    return await openIdle(address.withDatabase(commonDatabase), name);
  } catch (error) {
    if (!(error instanceof ServerError) || !closedCodes.includes(error.code)) throw error;
    return openIdle(address, name);
  }
}

/** It is idle for the whole run, and must not be ended for that (since 14). */
async function openIdle(address: Address, name: string): Promise<Connection> {
  const connection = await Connection.open(address, name);
  try {
    await connection.query("set idle_session_timeout = 0");
    return connection;
  } catch (error) {
    await connection.close();
    throw error;
  }
}

async function isFree(connection: Connection): Promise<boolean> {
  const [row] = await connection.query(
    "select pg_try_advisory_lock($1, $2) as locked",
    runLockKeys,
  );
  return row?.locked === true;
}

/** Short beside a run. A lock waited for on the server would go on being waited for after an abort. */
const pollMs = 250;

async function waitForLock(connection: Connection, waiting: Waiting): Promise<void> {
  let told: number | null = null;
  for (;;) {
    if (await isFree(connection)) return;
    const backend = await holdingBackend(connection);
    if (backend !== null && backend.backendPid !== told) {
      told = backend.backendPid;
      waiting.onWaiting({ pid: backend.pid, since: backend.since });
    }
    await pause(waiting.signal);
  }
}

async function pause(signal: AbortSignal): Promise<void> {
  try {
    await sleep(pollMs, undefined, { signal });
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  }
}

/** Null if the lock was released meanwhile. The holder's last statement is the one that took it. */
async function holdingBackend(
  connection: Connection,
): Promise<(RunLockHolder & { readonly backendPid: number }) | null> {
  const [row] = await connection.query(
    `select activity.pid as backend_pid,
            activity.application_name,
            (extract(epoch from activity.query_start) * 1000)::float8 as since_ms
       from pg_catalog.pg_locks as lock
       join pg_catalog.pg_stat_activity as activity on activity.pid = lock.pid
      where lock.locktype = 'advisory'
        and lock.granted
        and lock.database = (select oid from pg_catalog.pg_database where datname = current_database())
        and lock.classid = $1::int8::oid
        and lock.objid = $2::int8::oid
        and lock.objsubid = 2`,
    runLockKeys,
  );
  if (row === undefined) return null;
  const application = String(row.application_name);
  const pid = application.startsWith(applicationPrefix)
    ? Number(application.slice(applicationPrefix.length))
    : null;
  const since = typeof row.since_ms === "number" ? new Date(row.since_ms) : null;
  return { backendPid: Number(row.backend_pid), pid, since };
}

/** As long as a server may take to recover; the run goes on, and its end says that it lost the lock. */
const regainMsMax = 60_000;

class HeldLock implements RunLock {
  readonly #address: Address;
  readonly #lost = new AbortController();
  readonly #released = new AbortController();
  /** Null while it is not held. */
  #connection: Connection | null = null;
  #regaining: Promise<void> = Promise.resolve();

  constructor(address: Address, connection: Connection) {
    this.#address = address;
    this.#hold(connection);
  }

  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  get isHeld(): boolean {
    return this.#connection !== null;
  }

  async regained(): Promise<void> {
    const connection = this.#connection;
    // That its connection died may not have been noticed yet.
    const isThere = await connection?.query("select 1").then(
      () => true,
      () => false,
    );
    if (isThere === true) return;
    if (connection !== null && connection === this.#connection) this.#goneFrom(connection);
    const late = new AbortController();
    const tooLong = sleep(regainMsMax, undefined, { signal: late.signal }).catch(() => undefined);
    await Promise.race([this.#regaining, tooLong]);
    late.abort();
  }

  async release(): Promise<void> {
    this.#released.abort();
    await this.#regaining;
    // Unlocking first frees it at once; with a dead connection it is free already.
    await this.#connection
      ?.query("select pg_advisory_unlock($1, $2)", runLockKeys)
      .catch(() => undefined);
    await this.#connection?.close();
    this.#connection = null;
  }

  #hold(connection: Connection): void {
    this.#connection = connection;
    connection.client.once("end", () => this.#goneFrom(connection));
  }

  #goneFrom(connection: Connection): void {
    if (this.#connection !== connection || this.#released.signal.aborted) return;
    this.#connection = null;
    this.#regaining = this.#regain();
  }

  /** Asks at once, and then again until there is an answer. Never rejects. */
  async #regain(): Promise<void> {
    const { signal } = this.#released;
    while (!signal.aborted && !this.#lost.signal.aborted) {
      try {
        await this.#tryAgain();
        if (this.isHeld) return;
      } catch (error) {
        // Down, or still recovering; what is no failure of the server's is a bug, and lost it is.
        if (!(error instanceof ServerError)) this.#lost.abort(error);
      }
      // The only rejection is the release.
      await sleep(pollMs, undefined, { signal }).catch(() => undefined);
    }
  }

  async #tryAgain(): Promise<void> {
    const connection = await openForLock(this.#address);
    if (await isFree(connection)) return this.#hold(connection);
    await connection.close();
    const message = `${this.#address.display}: the connection that held the run lock was gone`;
    this.#lost.abort(new ServerError(`${message}, and another run has taken it meanwhile`, ""));
  }
}
