/**
 * before.json and after.json: all that the server counts and holds, read so that the reading itself is
 * in no difference. Whatever reads much comes first before the run and last after it, on connections
 * of its own, which hand over their counts as they end.
 */
import { setTimeout as wait } from "node:timers/promises";
import type { Address } from "../server/address.ts";
import { Connection } from "../server/connection.ts";
import { type ActivitySnapshot, readActivityCounters } from "./activity-counters.ts";
import { type CounterSnapshot, readTableCounts, readTotals } from "./counters.ts";
import { makeInstruments } from "./instruments.ts";
import { type PartitionedTable, partitionsOf } from "./partitions.ts";
import { Parts, type Server } from "./reading.ts";
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
  const space = await connected(address, async (server) => {
    if (isOwn) await makeInstruments(server, parts);
    return readSpace(server, parts);
  });
  const wide = await connected(address, async (server) => {
    await untilFresh(server);
    const activity = await readActivityCounters(server, parts);
    return { ...activity, ...(await readTableCounts(server, parts)) };
  });
  const totals = await connected(address, async (server) => {
    await untilFresh(server);
    return readTotals(server, parts);
  });
  return { ...totals, ...wide, space, partitions: partitionsOf({ ...wide, space }) };
}

/** After the last session is gone. Throws likewise. */
export async function snapshotAfter(address: Address): Promise<Snapshot> {
  return connected(address, async (server) => {
    const parts = new Parts();
    await untilFresh(server);
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

async function connected<T>(address: Address, work: (server: Server) => Promise<T>): Promise<T> {
  const connection = await Connection.openLasting(address, "loadgen/counters", settings);
  try {
    return await work(connection);
  } finally {
    await connection.close();
  }
}

/** Before 15 a process of its own collects statistics and writes them down at most twice a second. */
const freshWithinMs = 5000;
const freshPollMs = 50;

/**
 * Until what others handed over by now, and this connection itself, is in what it reads. Before 15 the
 * statistics say when they were written down; since 15 they are shared, and only what this connection
 * has done is kept back for up to a second (manual, 27.2.2).
 */
async function untilFresh(server: Server): Promise<void> {
  const [row] = await server.query(
    "select current_setting('server_version_num')::int4 >= 150000 as shared, clock_timestamp()::text as now",
  );
  if (row?.shared === true) {
    await server.query("select pg_stat_force_next_flush()");
    return;
  }
  // Twice: the first time may answer a question that was asked before the last counts arrived, and
  // was answered late; the second answers one that came after them, for messages have an order.
  let since = String(row?.now);
  let writes = 0;
  const endMs = performance.now() + freshWithinMs;
  while (writes < 2 && performance.now() < endMs) {
    const [read] = await server.query(
      "select stamp::text as stamp, stamp > $1::timestamptz as newer from pg_stat_get_snapshot_timestamp() as stamp",
      [since],
    );
    if (read?.newer === true) {
      writes++;
      since = String(read.stamp);
    } else {
      await wait(freshPollMs);
    }
  }
}
