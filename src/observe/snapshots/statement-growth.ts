/** What statements and functions cost between two snapshots. Pure. */
import type { ActivitySnapshot } from "./activity-counters.ts";
import { countsOf, groupGrowth, rowGrowth } from "./row-growth.ts";
import { type StatementRow, type StatementsSnapshot, statementsRead } from "./statements.ts";

export interface StatementGrowth {
  /** Of the run's sessions; null: within a function. */
  readonly operation: string | null;
  /** Without literals, and cut. */
  readonly query: string;
  readonly calls: number;
  readonly rows: number;
  /** Time of execution at the server. */
  readonly totalMs: number;
  readonly meanMs: number;
  /** Blocks of 8 kB (unless the server was built otherwise), and bytes of WAL. */
  readonly perCall: {
    readonly sharedHit: number;
    readonly sharedRead: number;
    readonly sharedDirtied: number;
    readonly sharedWritten: number;
    readonly tempRead: number;
    readonly tempWritten: number;
    readonly walBytes: number;
  };
}

export interface StatementsGrowth {
  /** Of the run's sessions, by total time. */
  readonly top: readonly StatementGrowth[];
  /** Of theirs, that are not among these. */
  readonly leftOut: number;
  /** Of everybody else in this database: observers, faults, other clients. */
  readonly others: {
    readonly statements: number;
    readonly calls: number;
    readonly totalMs: number;
  };
}

export interface FunctionGrowth {
  /** Schema-qualified. */
  readonly function: string;
  readonly calls: number;
  /** With the functions that it called, and with its own alone. */
  readonly totalMs: number;
  readonly selfMs: number;
}

/** As many as anybody reads; after.json has more. */
const statementsMax = 50;

const columns = [
  "calls",
  "rows",
  "total_exec_time",
  "shared_blks_hit",
  "shared_blks_read",
  "shared_blks_dirtied",
  "shared_blks_written",
  "temp_blks_read",
  "temp_blks_written",
  "wal_bytes",
] as const;

/** Null, and the reason among the gaps, where they cannot be compared. */
export function statementsBetween(
  before: StatementsSnapshot | null,
  after: StatementsSnapshot | null,
  gaps: string[],
): StatementsGrowth | null {
  if (before === null || after === null) return null;
  const dropped = after.dropped - before.dropped;
  if (before.resetAt !== after.resetAt || (dropped === 0 && wasPartlyReset(before, after))) {
    gaps.push("pg_stat_statements was reset in between: what statements cost is not known");
    return null;
  }
  if (dropped > 0) {
    gaps.push(
      `the server dropped statements ${dropped} times for others ` +
        "(pg_stat_statements.max): some are not told of, or with too little",
    );
  }
  if (before.isCut || after.isCut) {
    gaps.push(
      `the server has more statements than the ${statementsRead} with the most time that a ` +
        "snapshot reads: some are not told of",
    );
  }
  const earlier = new Map(before.rows.map((row) => [row.key, row]));
  const grown = after.rows.flatMap((row) => statementGrowth(row, earlier, before.isCut));
  grown.sort((one, other) => other.growth.totalMs - one.growth.totalMs);
  const ours = grown.filter(({ isOurs }) => isOurs).map(({ growth }) => growth);
  const others = grown.filter(({ isOurs }) => !isOurs).map(({ growth }) => growth);
  return {
    top: ours.slice(0, statementsMax),
    leftOut: Math.max(0, ours.length - statementsMax),
    others: {
      statements: others.length,
      calls: others.reduce((sum, { calls }) => sum + calls, 0),
      totalMs: others.reduce((sum, { totalMs }) => sum + totalMs, 0),
    },
  };
}

/**
 * Those of a database, a role or a query can be reset alone, which pg_stat_statements_info does not
 * tell. A row that was there before tells it, by being gone or fallen; from 17 on by
 * its `stats_since`. What first came in the run has nothing to tell it by, and goes with the others.
 */
function wasPartlyReset(before: StatementsSnapshot, after: StatementsSnapshot): boolean {
  const later = new Map(after.rows.map((row) => [row.key, row.counters]));
  return before.rows.some(({ key, counters }) => {
    const now = later.get(key);
    // Where not all rows were read, what is gone may be among the others.
    if (now === undefined) return !after.isCut;
    return now.stats_since !== counters.stats_since || rowGrowth(columns, counters, now) === null;
  });
}

function statementGrowth(
  row: StatementRow,
  before: ReadonlyMap<string, StatementRow>,
  isCut: boolean,
): { isOurs: boolean; growth: StatementGrowth }[] {
  const earlier = before.get(row.key);
  // It may have been among those that the first snapshot left out, with any count.
  if (earlier === undefined && isCut) return [];
  // Null: it was dropped, and counted from zero as it came again.
  const grew = rowGrowth(columns, earlier?.counters, row.counters);
  if (grew === null || grew.calls === 0) return [];
  const each = (column: (typeof columns)[number]) => grew[column] / grew.calls;
  const growth: StatementGrowth = {
    operation: row.operation,
    query: row.query,
    calls: grew.calls,
    rows: grew.rows,
    totalMs: grew.total_exec_time,
    meanMs: each("total_exec_time"),
    perCall: {
      sharedHit: each("shared_blks_hit"),
      sharedRead: each("shared_blks_read"),
      sharedDirtied: each("shared_blks_dirtied"),
      sharedWritten: each("shared_blks_written"),
      tempRead: each("temp_blks_read"),
      tempWritten: each("temp_blks_written"),
      walBytes: each("wal_bytes"),
    },
  };
  return [{ isOurs: row.operation !== null || !row.topLevel, growth }];
}

const functionColumns = ["calls", "total_time", "self_time"] as const;

/** By their own time; null where nothing was counted. */
export function functionsBetween(
  before: ActivitySnapshot["functions"],
  after: ActivitySnapshot["functions"],
  gaps: string[],
): readonly FunctionGrowth[] | null {
  // With a setting of the sessions' own the connection that reads has none, and yet they were counted.
  const wasCounted = after !== null && (after.track !== "none" || after.rows.length > 0);
  if (before === null || !wasCounted) return null;
  const named = (rows: typeof after.rows) =>
    rows.map((row) => ({ ...row, name: `${String(row.schemaname)}.${String(row.funcname)}` }));
  const { groups, fell } = groupGrowth(
    functionColumns,
    { before: named(before.rows), after: named(after.rows) },
    { id: "funcid", group: "name" },
  );
  for (const name of fell) gaps.push(`${countsOf}${name} were reset in between`);
  return [...groups]
    .map(([name, { grew }]) => ({
      function: name,
      calls: grew.calls,
      totalMs: grew.total_time,
      selfMs: grew.self_time,
    }))
    .filter(({ calls }) => calls > 0)
    .sort((one, other) => other.selfMs - one.selfMs);
}
