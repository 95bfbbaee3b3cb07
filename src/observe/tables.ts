/**
 * Rows, dead rows, vacuums and sizes of the user's tables, from statistics and catalogs alone. No
 * table is locked or opened, so that a snapshot does not wait for a fault or a migration that holds
 * ACCESS EXCLUSIVE (pg_relation_size would). The statistics of a partitioned table itself are always
 * zero: what counts is in its leaves.
 *
 * Statistics are late: a backend hands over its counts at most once a second, and PostgreSQL 14 may
 * keep the last ones until it is used again or disconnects. Sizes are as of the last VACUUM or ANALYZE.
 */
import type { TableEvidence } from "../core/evidence.ts";
import type { Connection } from "../server/connection.ts";

export interface TableCounts {
  readonly liveTuples: number;
  readonly deadTuples: number;
  readonly inserted: number;
  readonly updated: number;
  readonly hotUpdated: number;
  readonly deleted: number;
  readonly autovacuums: number;
  /** By hand, without VACUUM FULL. */
  readonly vacuums: number;
  readonly tableBytes: number;
  readonly indexBytes: number;
  /** The latest one, by the server's clock (ISO 8601, UTC). */
  readonly lastAutovacuum: string | null;
}

/** A table that stores rows: an ordinary one, a partition or a materialized view; or its toast table. */
export interface LeafTable extends TableCounts {
  /** Unique in its database, also after a table was dropped and created again. */
  readonly oid: number;
  /** Schema-qualified. */
  readonly table: string;
  /** The root of the partition tree; the table itself where it is no partition. */
  readonly root: string;
  /** True for the counts of the table's toast table. */
  readonly toast: boolean;
  /** More rows are dead than the server's settings let be before a vacuum (manual, section 24.1.6). */
  readonly vacuumDue: boolean;
}

export type TableSnapshot = readonly LeafTable[];

const tablesSql = `
  select stored.oid::bigint::float8 as oid,
    namespace.nspname || '.' || leaf.relname as table,
    root_namespace.nspname || '.' || root.relname as root,
    part.toast,
    pg_stat_get_dead_tuples(stored.oid) > current_setting('autovacuum_vacuum_threshold')::float8
      + current_setting('autovacuum_vacuum_scale_factor')::float8 * greatest(stored.reltuples, 0)
      as "vacuumDue",
    pg_stat_get_live_tuples(stored.oid)::float8 as "liveTuples",
    pg_stat_get_dead_tuples(stored.oid)::float8 as "deadTuples",
    pg_stat_get_tuples_inserted(stored.oid)::float8 as inserted,
    pg_stat_get_tuples_updated(stored.oid)::float8 as updated,
    pg_stat_get_tuples_hot_updated(stored.oid)::float8 as "hotUpdated",
    pg_stat_get_tuples_deleted(stored.oid)::float8 as deleted,
    pg_stat_get_autovacuum_count(stored.oid)::float8 as autovacuums,
    pg_stat_get_vacuum_count(stored.oid)::float8 as vacuums,
    stored.relpages * current_setting('block_size')::float8 as "tableBytes",
    (
      select coalesce(sum(index.relpages), 0) * current_setting('block_size')::float8
      from pg_catalog.pg_index
      join pg_catalog.pg_class index on index.oid = pg_index.indexrelid
      where pg_index.indrelid = stored.oid
    ) as "indexBytes",
    to_char(pg_stat_get_last_autovacuum_time(stored.oid) at time zone 'UTC',
      'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as "lastAutovacuum"
  from pg_catalog.pg_class leaf
  join pg_catalog.pg_namespace namespace on namespace.oid = leaf.relnamespace
  join pg_catalog.pg_class root
    on root.oid = coalesce(pg_catalog.pg_partition_root(leaf.oid), leaf.oid)
  join pg_catalog.pg_namespace root_namespace on root_namespace.oid = root.relnamespace
  cross join lateral (values (leaf.oid, false), (leaf.reltoastrelid, true)) as part (oid, toast)
  join pg_catalog.pg_class stored on stored.oid = part.oid
  where leaf.relkind in ('r', 'm')
    and not starts_with(namespace.nspname, 'pg_')
    and namespace.nspname <> 'information_schema'
  order by 3, 2, 4`;

/** Every leaf table of the current database's user schemas. Throws ServerError. */
export async function readTables(server: Pick<Connection, "query">): Promise<TableSnapshot> {
  return (await server.query(tablesSql)) as unknown as TableSnapshot;
}

/** Everything together. */
export function totalOf(tables: TableSnapshot): TableCounts {
  const sum = (name: Exclude<keyof TableCounts, "lastAutovacuum">) =>
    tables.reduce((total, table) => total + table[name], 0);
  // ISO 8601 in one time zone sorts as text.
  const lastAutovacuums = tables.flatMap((table) => table.lastAutovacuum ?? []).sort();
  return {
    liveTuples: sum("liveTuples"),
    deadTuples: sum("deadTuples"),
    inserted: sum("inserted"),
    updated: sum("updated"),
    hotUpdated: sum("hotUpdated"),
    deleted: sum("deleted"),
    autovacuums: sum("autovacuums"),
    vacuums: sum("vacuums"),
    tableBytes: sum("tableBytes"),
    indexBytes: sum("indexBytes"),
    lastAutovacuum: lastAutovacuums.at(-1) ?? null,
  };
}

/** By the root of the partition tree, toast tables included. */
export function totalsByRoot(tables: TableSnapshot): Readonly<Record<string, TableCounts>> {
  const roots = new Set(tables.map(({ root }) => root));
  return Object.fromEntries(
    [...roots].map((root) => [root, totalOf(tables.filter((table) => table.root === root))]),
  );
}

/** What happened between two snapshots; a table created in between counts from zero. */
export function difference(start: TableSnapshot, end: TableSnapshot): TableEvidence {
  const before = new Map(start.map((table) => [table.oid, table]));
  const growth = (name: "autovacuums" | "updated" | "deleted") =>
    end.reduce((total, table) => total + grown(before.get(table.oid)?.[name] ?? 0, table[name]), 0);
  return {
    autovacuums: growth("autovacuums"),
    deadTuplesAtStart: totalOf(start).deadTuples,
    deadTuplesAtEnd: totalOf(end).deadTuples,
    tablesDueAtEnd: end.filter((table) => table.vacuumDue).length,
    deadTuplesMade: growth("updated") + growth("deleted"),
  };
}

/**
 * Whether a table of the start is gone at the end, and what was written to it with it: dropped, or
 * put in its place anew, as `repartition` does.
 */
export function isLessAtEnd(start: TableSnapshot, end: TableSnapshot): boolean {
  const left = new Set(end.map(({ oid }) => oid));
  return start.some(({ oid }) => !left.has(oid));
}

/** A counter that fell was reset (pg_stat_reset, crash recovery) and counted from zero since. */
function grown(start: number, end: number): number {
  return end < start ? end : end - start;
}
