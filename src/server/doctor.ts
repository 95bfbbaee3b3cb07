/**
 * Examines machine and server before anybody relies on them: reads the facts, and leaves judging
 * them to doctor-checks.ts.
 */
import { readFile } from "node:fs/promises";
import type { Address } from "./address.ts";
import { Connection } from "./connection.ts";
import { connectionRoom } from "./connection-room.ts";
import { markedDatabases } from "./database-mark.ts";
import {
  type Check,
  judged,
  type MachineFacts,
  type Needs,
  openFilesIn,
  type ServerFacts,
} from "./doctor-checks.ts";
import { machineFingerprint, systemIdentifierOf } from "./fingerprint.ts";
import { privilegesOf } from "./privileges.ts";

/** All checks of machine and server, in the order to be shown. Throws ServerError without a server. */
export async function examine(address: Address, needs: Needs): Promise<readonly Check[]> {
  const server = await Connection.use(address, "loadgen/doctor", serverFacts);
  return judged(server, await machineFacts(), needs);
}

export async function serverFacts(connection: Connection): Promise<ServerFacts> {
  const [row] = await connection.query(
    `select current_setting('server_version_num')::int4 as version_number,
            current_setting('pg_stat_statements.max', true) is not null as statements_loaded,
            current_setting('track_io_timing') as track_io_timing,
            current_setting('track_functions') as track_functions,
            current_setting('track_activities') as track_activities,
            current_setting('max_locks_per_transaction')::int4 as locks_per_transaction,
            current_setting('max_prepared_transactions')::int4 as prepared_transactions`,
  );
  const extensions = await connection.query(
    "select name::text as name from pg_catalog.pg_available_extensions",
  );
  return {
    versionNumber: Number(row?.version_number),
    systemIdentifier: await systemIdentifierOf(connection),
    statementsLoaded: row?.statements_loaded === true,
    trackIoTiming: String(row?.track_io_timing),
    trackFunctions: String(row?.track_functions),
    trackActivities: String(row?.track_activities),
    locksPerTransactionMax: Number(row?.locks_per_transaction),
    preparedTransactionsMax: Number(row?.prepared_transactions),
    room: await connectionRoom(connection),
    privileges: await privilegesOf(connection),
    extensionsAvailable: extensions.map((extension) => String(extension.name)),
    databases: await markedDatabases(connection),
  };
}

async function machineFacts(): Promise<MachineFacts> {
  const { node, cores } = machineFingerprint();
  return { node, cores, openFilesMax: await openFilesMax() };
}

/** Null where the system does not say, as outside Linux. */
async function openFilesMax(): Promise<number | null> {
  try {
    return openFilesIn(await readFile("/proc/self/limits", "utf8"));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
}
