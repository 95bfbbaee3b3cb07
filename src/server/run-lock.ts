/**
 * One run at a time on a server: two at once would measure each other. The lock is a session-level
 * advisory lock on a connection of its own, so it goes with its process however that ends. Advisory
 * locks are per database: whatever database a run is for, it locks in `postgres`, and in its own only
 * where the login may not connect to that one.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { Address } from "./address.ts";
import { Connection, ServerError } from "./connection.ts";

/** Both keys of the advisory lock: "load" and "run" in ASCII. */
export const runLockKeys = Object.freeze([0x6c6f6164, 0x72756e] as const);

export interface RunLock {
  /** Aborted, with a ServerError, when the lock's connection dies: another run may start from then on. */
  readonly lost: AbortSignal;
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
}

/** Waits for the lock as long as it takes. Throws ServerError, or the reason of an abort. */
export async function acquireRunLock(address: Address, waiting: Waiting): Promise<RunLock> {
  waiting.signal.throwIfAborted();
  const connection = await openForLock(address);
  try {
    // The lock's connection is idle for the whole run, and must not be ended for that (since 14).
    await connection.query("set idle_session_timeout = 0");
    await waitForLock(connection, waiting);
    return held(connection, address);
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
    return await Connection.open(address.withDatabase(commonDatabase), name);
  } catch (error) {
    if (!(error instanceof ServerError) || !closedCodes.includes(error.code)) throw error;
    return Connection.open(address, name);
  }
}

/** Short beside a run. A lock waited for on the server would go on being waited for after an abort. */
const pollMs = 250;

async function waitForLock(connection: Connection, waiting: Waiting): Promise<void> {
  let told: number | null = null;
  for (;;) {
    const [row] = await connection.query(
      "select pg_try_advisory_lock($1, $2) as locked",
      runLockKeys,
    );
    if (row?.locked === true) return;
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

function held(connection: Connection, address: Address): RunLock {
  const controller = new AbortController();
  let released = false;
  connection.client.once("end", () => {
    if (released) return;
    const message = `${address.display}: the connection that held the run lock is gone`;
    controller.abort(new ServerError(`${message}, so another run may have started`, ""));
  });
  return {
    lost: controller.signal,
    release: async () => {
      released = true;
      // Unlocking first frees it at once; with a dead connection it is free already.
      await connection
        .query("select pg_advisory_unlock($1, $2)", runLockKeys)
        .catch(() => undefined);
      await connection.close();
    },
  };
}
