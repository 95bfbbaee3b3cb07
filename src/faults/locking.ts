/** Transactions that take a lock and are left open, and how the server shows such locks. */
import type { FaultConnection, FaultTarget } from "./fault.ts";

/**
 * Longer than transactions of a load take. Whoever waits for a lock keeps others waiting behind it,
 * so one that does not come is given up, and the fault was not effective.
 */
export const lockWithinMs = 10_000;

/** Begins a transaction in which a lock must be granted within some seconds (else 55P03). */
export async function beginWithin(
  connection: FaultConnection,
  withinMs = lockWithinMs,
): Promise<void> {
  await connection.query("begin");
  await connection.query(`set local lock_timeout = ${withinMs}`);
}

export interface TableLock {
  readonly pid: number;
  readonly table: number;
  /** As in pg_locks, such as AccessExclusiveLock. */
  readonly mode: string;
}

/** "access-exclusive" is AccessExclusiveLock in pg_locks. */
export function modeInCatalog(mode: string): string {
  const words = mode.split("-").map((word) => word.charAt(0).toUpperCase() + word.slice(1));
  return `${words.join("")}Lock`;
}

/** Null: the server shows no such lock, neither held nor waited for. */
export async function stateOf(
  target: FaultTarget,
  { pid, table, mode }: TableLock,
): Promise<"granted" | "waiting" | null> {
  const [row] = await target.query(
    `select granted
     from pg_catalog.pg_locks
     where locktype = 'relation' and pid = $1 and relation = $2::oid and mode = $3
       and database = (select oid from pg_catalog.pg_database where datname = current_database())`,
    [pid, table, mode],
  );
  if (row === undefined) return null;
  return row.granted === true ? "granted" : "waiting";
}

/** Row locks are in the rows' headers; what pg_locks shows is that their transaction is open. */
export async function holdsRowLocks(target: FaultTarget, pid: number): Promise<boolean> {
  const [row] = await target.query(
    `select count(*)::int4 as locks
     from pg_catalog.pg_locks
     where locktype = 'relation' and pid = $1 and mode = 'RowShareLock' and granted`,
    [pid],
  );
  return Number(row?.locks) > 0;
}
