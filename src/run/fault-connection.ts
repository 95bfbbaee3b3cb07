/**
 * The connection that faults are injected and undone over. It must neither hang on somebody else's
 * lock nor give up a fault because it was itself ended meanwhile, as a fault may well do.
 */
import type { Address } from "../server/address.ts";
import { Connection } from "../server/connection.ts";

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
