/**
 * The server's counters before and after a run, as before.json and after.json keep them, and what a
 * committed transaction cost by their difference. Rows are kept as the server has them, column by
 * column, for the columns differ from version to version.
 */
import {
  type CounterRow,
  type MissingPart,
  numberIn,
  Parts,
  readRows,
  type Server,
} from "./reading.ts";
import {
  difference,
  isLessAtEnd,
  readTables,
  type TableCounts,
  type TableSnapshot,
  totalOf,
  totalsByRoot,
} from "../tables.ts";

export interface CounterSnapshot {
  readonly version: string;
  /** By the server's clock (ISO 8601, UTC). */
  readonly takenAt: string;
  /** When the server was started, likewise. */
  readonly startedAt: string;
  /** pg_stat_database, the row of this database. */
  readonly database: CounterRow | null;
  /** Where the next WAL record goes, in bytes since the cluster's beginning. */
  readonly walPositionBytes: number | null;
  readonly wal: CounterRow | null;
  readonly backgroundWriter: CounterRow | null;
  /** From version 17 on; before, these columns are the background writer's. */
  readonly checkpointer: CounterRow | null;
  readonly tables: {
    readonly total: TableCounts;
    readonly byRoot: Readonly<Record<string, TableCounts>>;
    readonly leaves: TableSnapshot;
  } | null;
  readonly missing: readonly MissingPart[];
}

/** All of them, one part after the other. Throws ServerError where the server is not usable at all. */
export async function readCounters(server: Server, parts = new Parts()): Promise<CounterSnapshot> {
  return { ...(await readTableCounts(server, parts)), ...(await readTotals(server, parts)) };
}

/** By far the most work for the server. */
export async function readTableCounts(
  server: Server,
  parts: Parts,
): Promise<Pick<CounterSnapshot, "tables">> {
  return {
    tables: await parts.read("tables", async () => {
      const leaves = await readTables(server);
      return { total: totalOf(leaves), byRoot: totalsByRoot(leaves), leaves };
    }),
  };
}

/** Of the database and the whole server: a few rows, which cost next to nothing to read. */
export async function readTotals(
  server: Server,
  parts: Parts,
): Promise<Omit<CounterSnapshot, "tables">> {
  const row = (view: string, where = "true") =>
    parts.read(view, async () => {
      const sql = `select to_jsonb(t)::text as json from pg_catalog.${view} t where ${where}`;
      return (await readRows(server, sql))[0] ?? null;
    });
  return {
    ...(await readHead(server)),
    database: await row("pg_stat_database", "datname = current_database()"),
    walPositionBytes: await parts.read("pg_current_wal_insert_lsn", () => readWalPosition(server)),
    wal: await row("pg_stat_wal"),
    backgroundWriter: await row("pg_stat_bgwriter"),
    checkpointer: await row("pg_stat_checkpointer"),
    missing: parts.missing,
  };
}

async function readHead(
  server: Server,
): Promise<Pick<CounterSnapshot, "version" | "takenAt" | "startedAt">> {
  const [row] = await server.query(`
    select current_setting('server_version') as version,
      to_char(clock_timestamp() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as taken_at,
      to_char(pg_postmaster_start_time() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')
        as started_at`);
  return {
    version: String(row?.version),
    takenAt: String(row?.taken_at),
    startedAt: String(row?.started_at),
  };
}

async function readWalPosition(server: Server): Promise<number> {
  const [row] = await server.query(
    "select pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::float8 as bytes",
  );
  return Number(row?.bytes);
}

/** Per committed transaction; null where nothing was committed or a counter was not readable. */
export interface ServerPerTransaction {
  /** Of the whole cluster: the server keeps no count per database. */
  readonly walBytes: number | null;
  /** Of the whole cluster likewise, by pg_stat_wal: records, and pages written whole into some of them. */
  readonly walRecords: number | null;
  readonly walFullPages: number | null;
  /** Rows updated or deleted, over all children and toast tables; null also where one of those was dropped. */
  readonly deadTuples: number | null;
  readonly buffersHit: number | null;
  readonly buffersRead: number | null;
}

/** What the server did between two snapshots, shared out over the transactions committed meanwhile. */
export function serverPerTransaction(
  before: CounterSnapshot,
  after: CounterSnapshot,
  committed: number,
): ServerPerTransaction {
  const each = (total: number | null) =>
    total === null || committed === 0 ? null : total / committed;
  return {
    walBytes: each(walBytesBetween(before, after)),
    walRecords: each(walGrowth(before, after, "wal_records")),
    walFullPages: each(walGrowth(before, after, "wal_fpi")),
    deadTuples: each(deadTuplesMade(before, after)),
    buffersHit: each(databaseGrowth(before, after, "blks_hit")),
    buffersRead: each(databaseGrowth(before, after, "blks_read")),
  };
}

/** A crash may lose what was not on disk yet, and the position goes back: then nobody knows. */
function walBytesBetween(before: CounterSnapshot, after: CounterSnapshot): number | null {
  const bytes = grown(before.walPositionBytes, after.walPositionBytes);
  return bytes === null || bytes < 0 ? null : bytes;
}

function deadTuplesMade(before: CounterSnapshot, after: CounterSnapshot): number | null {
  const [start, end] = [before.tables?.leaves, after.tables?.leaves];
  if (start === undefined || end === undefined || lossBetween(before, after) !== null) return null;
  return isLessAtEnd(start, end) ? null : difference(start, end).deadTuplesMade;
}

/** Deadlocks that the server broke in this database; null where not readable. */
export function deadlocksBetween(before: CounterSnapshot, after: CounterSnapshot): number | null {
  return databaseGrowth(before, after, "deadlocks");
}

function databaseGrowth(
  before: CounterSnapshot,
  after: CounterSnapshot,
  column: string,
): number | null {
  // After a reset in between, neither snapshot says what happened before it.
  if (lossBetween(before, after) !== null) return null;
  return grown(numberIn(before.database, column), numberIn(after.database, column));
}

function walGrowth(before: CounterSnapshot, after: CounterSnapshot, column: string): number | null {
  if (before.startedAt !== after.startedAt || wasReset(before, after, "wal")) return null;
  return grown(numberIn(before.wal, column), numberIn(after.wal, column));
}

/** Why no count of the database, its tables, indexes and functions can be compared: a sentence, or null. */
export function lossBetween(before: CounterSnapshot, after: CounterSnapshot): string | null {
  if (before.startedAt !== after.startedAt) {
    return "the server was started anew in between and may have lost its counts";
  }
  // A crash of one backend resets all of them at once, and leaves the server's start as it was.
  if (wasReset(before, after, "backgroundWriter") && wasReset(before, after, "wal")) {
    return "the server lost its counts in between, as after a crash, or all were reset";
  }
  // A reset of one table or function alone changes the database's time, too.
  if (wasReset(before, after, "database")) {
    return "the database's counts were reset in between (pg_stat_reset)";
  }
  return null;
}

type View = "database" | "wal" | "backgroundWriter" | "checkpointer";

/** The view says that it counted from zero since. */
export function wasReset(before: CounterSnapshot, after: CounterSnapshot, view: View): boolean {
  return before[view]?.stats_reset !== after[view]?.stats_reset;
}

function grown(before: number | null, after: number | null): number | null {
  return before === null || after === null ? null : after - before;
}
