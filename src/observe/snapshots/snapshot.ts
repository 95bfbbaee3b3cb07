/**
 * before.json and after.json: all that the server counts and holds, read so that the reading itself is
 * in no difference. Whatever reads much comes first before the run and last after it, on connections
 * of its own, which hand over their counts as they end.
 */
import type { Row } from "../../core/step.ts";
import type { Address } from "../../server/address.ts";
import { Connection } from "../../server/connection.ts";
import { type ActivitySnapshot, readActivityCounters } from "./activity-counters.ts";
import { type CounterSnapshot, readTableCounts, readTotals } from "./counters.ts";
import { awaitFresh } from "./fresh.ts";
import { makeInstruments } from "./instruments.ts";
import { type PartitionedTable, partitionsOf } from "./partitions.ts";
import { isSurvivable, type MissingPart, Parts, type Server } from "./reading.ts";
import { readSpace, type SpaceSnapshot } from "./space.ts";

export interface Snapshot extends CounterSnapshot, ActivitySnapshot {
  readonly space: SpaceSnapshot;
  /** How rows lie over the children of partitioned tables; null: the tables could not be read. */
  readonly partitions: readonly PartitionedTable[] | null;
}

/**
 * Before the first session connects.
 * @param isOwn the database is the run's: then what is lacking is made in it.
 * @throws {ServerError} where the server is not usable at all.
 */
export async function snapshotBefore(address: Address, isOwn: boolean): Promise<Snapshot> {
  const parts = new Parts();
  const space = await connected(address, async (connection) => {
    if (isOwn) await makeInstruments(connection, parts);
    return inOneTransaction(connection, (server) => readSpace(server, parts));
  });
  const wide = await connectedFresh(address, async (server) => {
    const activity = await readActivityCounters(server, parts);
    return { ...activity, ...(await readTableCounts(server, parts)) };
  });
  const totals = await connectedFresh(address, (server) => readTotals(server, parts));
  return { ...totals, ...wide, space, partitions: partitionsOf({ ...wide, space }) };
}

/**
 * After the last session is gone. Throws likewise.
 * @param known what was missing before: of it there is no difference, for the reason that was met first.
 */
export async function snapshotAfter(
  address: Address,
  known: readonly MissingPart[],
): Promise<Snapshot> {
  return connectedFresh(address, async (server) => {
    const parts = new Parts(known);
    const totals = await readTotals(server, parts);
    const tables = await readTableCounts(server, parts);
    const activity = await readActivityCounters(server, parts);
    const space = await readSpace(server, parts);
    const partitions = partitionsOf({ ...activity, space });
    return { ...totals, ...tables, ...activity, space, partitions };
  });
}

/** What holds a table is not waited for, and a snapshot that takes long is none. */
const settings = ["set lock_timeout = '200ms'", "set statement_timeout = '10s'"];

function connectedFresh<T>(address: Address, work: (server: Server) => Promise<T>): Promise<T> {
  return connected(address, async (connection) => {
    await awaitFresh(connection);
    return inOneTransaction(connection, work);
  });
}

/**
 * Hundreds of questions: one by one they would be as many transactions in the server's count of them.
 * It ends with the connection, which is asked nothing else.
 */
async function inOneTransaction<T>(
  connection: Server,
  work: (server: Server) => Promise<T>,
): Promise<T> {
  await connection.query("begin read only");
  return work({ query: (sql, parameters) => guarded(connection, sql, parameters) });
}

/** What is refused leaves the transaction usable, for whoever may go on without it. */
async function guarded(
  connection: Server,
  sql: string,
  parameters: readonly unknown[] | undefined,
): Promise<readonly Row[]> {
  await connection.query("savepoint question");
  let rows: readonly Row[];
  try {
    rows = await connection.query(sql, parameters);
  } catch (error) {
    // After anything else nobody goes on, and a connection that is gone has nothing to undo.
    if (isSurvivable(error)) await connection.query("rollback to savepoint question");
    throw error;
  }
  await connection.query("release savepoint question");
  return rows;
}

async function connected<T>(
  address: Address,
  work: (connection: Connection) => Promise<T>,
): Promise<T> {
  const connection = await Connection.openLasting(address, "loadgen/counters", settings);
  try {
    return await work(connection);
  } finally {
    await connection.close();
  }
}
