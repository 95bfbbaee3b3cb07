/**
 * The connection that faults are injected and undone over. It must neither hang on somebody else's
 * lock nor give up a fault because it was itself ended meanwhile, as a fault may well do.
 */
import type { Address } from "../../server/address.ts";
import { Connection } from "../../server/connection.ts";

/** Opens, hands over, and closes whatever happens. */
export async function withFaultConnection<T>(
  address: Address,
  applicationName: string,
  work: (connection: Connection) => Promise<T>,
): Promise<T> {
  const connection = await Connection.openLasting(address, applicationName, settings);
  try {
    return await work(connection);
  } finally {
    await connection.close();
  }
}

/** A connection of one fault's own, with its backend. */
export interface OpenedForFault {
  readonly connection: Connection;
  readonly pid: number;
}

/**
 * For what a fault holds while it is in force. If this process dies without a word, the server ends
 * it: a statement that waits within a second (14 and later), a connection that is cut off within
 * half a minute, a transaction left open a little after the fault was to be over.
 * @param lengthMs how long the fault is to last at most.
 */
export async function openForFault(address: Address, lengthMs: number): Promise<OpenedForFault> {
  const connection = await Connection.open(address, "loadgen/fault");
  try {
    const [row] = await connection.query(holdingSql, [`${Math.ceil(lengthMs) + marginMs}ms`]);
    return { connection, pid: Number(row?.pid) };
  } catch (error) {
    await connection.close();
    throw error;
  }
}

/** An undo may have to wait for its turn. */
const marginMs = 60_000;

const holdingSql = `
  select pg_catalog.pg_backend_pid() as pid,
    set_config('idle_in_transaction_session_timeout', $1, false),
    set_config('statement_timeout', $1, false),
    set_config('lock_timeout', $1, false),
    set_config('idle_session_timeout', '0', false),
    set_config('client_connection_check_interval', '1s', false),
    set_config('tcp_keepalives_idle', '5', false),
    set_config('tcp_keepalives_interval', '5', false),
    set_config('tcp_keepalives_count', '3', false)`;

/** Longer than an autovacuum needs to give way (deadlock_timeout, 1 s); short for whoever waits for Ctrl-C. */
const lockTimeoutMs = 5000;

/** Our statements change catalogs alone: one that takes so long is stuck. */
const statementTimeoutMs = 30_000;

const settings: readonly string[] = [
  `set lock_timeout = ${lockTimeoutMs}`,
  `set statement_timeout = ${statementTimeoutMs}`,
  // It is idle as long as a fault is in force (since 14).
  "set idle_session_timeout = 0",
];
