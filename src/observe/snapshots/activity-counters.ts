/**
 * Counters beyond those of the database: of functions, of each table's and index's scans and blocks,
 * of reads and writes by kind of process. What goes on at a moment: beside.ts, while the run does.
 */
import { type CounterRow, type Parts, readRows, type Server } from "./reading.ts";
import { readStatements, type StatementsSnapshot } from "./statements.ts";

export interface ActivitySnapshot {
  readonly statements: StatementsSnapshot | null;
  readonly functions: {
    /** The setting track_functions: with `none` nothing is counted. */
    readonly track: string;
    /** pg_stat_user_functions. */
    readonly rows: readonly CounterRow[];
  } | null;
  /**
   * pg_stat_user_tables and pg_statio_user_tables of each table that stores rows, with the `root` of its
   * partition tree and pg_class's `reltuples`: a partitioned table itself counts nothing.
   */
  readonly tableActivity: readonly CounterRow[] | null;
  /** pg_stat_user_indexes and pg_statio_user_indexes, likewise, with `root_table` and `root_index`. */
  readonly indexActivity: readonly CounterRow[] | null;
  /** pg_stat_io, of the whole server; from version 16 on. */
  readonly io: readonly CounterRow[] | null;
}

export async function readActivityCounters(
  server: Server,
  parts: Parts,
): Promise<ActivitySnapshot> {
  const rows = (part: string, sql: string) => parts.read(part, () => readRows(server, sql));
  return {
    statements: await readStatements(server, parts),
    functions: await readFunctions(server, parts),
    tableActivity: await rows("pg_stat_user_tables", tablesSql),
    indexActivity: await rows("pg_stat_user_indexes", indexesSql),
    io: await rows("pg_stat_io", "select to_jsonb(t)::text as json from pg_catalog.pg_stat_io t"),
  };
}

async function readFunctions(server: Server, parts: Parts): Promise<ActivitySnapshot["functions"]> {
  return parts.read("pg_stat_user_functions", async () => {
    const [row] = await server.query("select current_setting('track_functions') as track");
    const track = String(row?.track);
    if (track === "none") parts.lacks("track_functions", notPrepared, "the setting is none");
    const sql = "select to_jsonb(t)::text as json from pg_catalog.pg_stat_user_functions t";
    return { track, rows: await readRows(server, sql) };
  });
}

/** object_not_in_prerequisite_state. */
const notPrepared = "55000";

/** An ordinary table, a partition or a materialized view; its root is itself where it is no partition. */
const rootJoin = (relation: string) => `
  join pg_catalog.pg_class root
    on root.oid = coalesce(pg_catalog.pg_partition_root(${relation}), ${relation})
  join pg_catalog.pg_namespace root_namespace on root_namespace.oid = root.relnamespace`;

const tablesSql = `
  select (to_jsonb(t) || to_jsonb(io) || jsonb_build_object(
    'root', root_namespace.nspname || '.' || root.relname,
    'reltuples', class.reltuples))::text as json
  from pg_catalog.pg_stat_user_tables t
  join pg_catalog.pg_statio_user_tables io on io.relid = t.relid
  join pg_catalog.pg_class class on class.oid = t.relid and class.relkind in ('r', 'm')
  ${rootJoin("t.relid")}
  order by t.schemaname, t.relname`;

const indexesSql = `
  select (to_jsonb(t) || to_jsonb(io) || jsonb_build_object(
    'root_table', root_namespace.nspname || '.' || root.relname,
    'root_index', index_namespace.nspname || '.' || index.relname))::text as json
  from pg_catalog.pg_stat_user_indexes t
  join pg_catalog.pg_statio_user_indexes io on io.indexrelid = t.indexrelid
  ${rootJoin("t.relid")}
  join pg_catalog.pg_class index
    on index.oid = coalesce(pg_catalog.pg_partition_root(t.indexrelid), t.indexrelid)
  join pg_catalog.pg_namespace index_namespace on index_namespace.oid = index.relnamespace
  order by t.schemaname, t.relname, t.indexrelname`;
