/**
 * How large tables, their toast and their indexes are, each with the partition tree that it belongs to;
 * nobody is waited for.
 */
import { ServerError } from "../../server/connection.ts";
import type { Server } from "./reading.ts";

/** What takes up space, main fork only. */
export interface RelationSize {
  readonly oid: number;
  readonly kind: "table" | "toast" | "index";
  /** Schema-qualified. */
  readonly name: string;
  /** Of the partition tree; of its own table where it is no partition. */
  readonly rootTable: string;
  /** Null: no index. */
  readonly rootIndex: string | null;
  /** Null: somebody holds it in ACCESS EXCLUSIVE mode, or waits to. */
  readonly bytes: number | null;
}

/** Somebody may lock one more table after those that are locked were found. */
const attemptsMax = 3;

/** lock_not_available: the connection has a lock_timeout, for nobody is waited for. */
const lockTimeout = "55P03";

export async function readSizes(server: Server): Promise<readonly RelationSize[]> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await readSizesOnce(server);
    } catch (error) {
      const isLocked = error instanceof ServerError && error.code === lockTimeout;
      if (!isLocked || attempt === attemptsMax) throw error;
    }
  }
}

/**
 * Sizes are of the files, not of statistics. To open a relation takes ACCESS SHARE, which conflicts
 * with ACCESS EXCLUSIVE alone (manual, 13.3.1), and queues behind whoever waits for that.
 */
async function readSizesOnce(server: Server): Promise<readonly RelationSize[]> {
  return (await server.query(`
    with locked as materialized (
      select distinct locks.relation as oid
      from pg_catalog.pg_locks locks
      join pg_catalog.pg_database on pg_database.oid = locks.database
      where pg_database.datname = current_database()
        and locks.locktype = 'relation' and locks.mode = 'AccessExclusiveLock'
    ), leaf as (
      select class.oid, class.reltoastrelid, namespace.nspname || '.' || class.relname as name,
        root_namespace.nspname || '.' || root.relname as root
      from pg_catalog.pg_class class
      join pg_catalog.pg_namespace namespace on namespace.oid = class.relnamespace
      join pg_catalog.pg_class root
        on root.oid = coalesce(pg_catalog.pg_partition_root(class.oid), class.oid)
      join pg_catalog.pg_namespace root_namespace on root_namespace.oid = root.relnamespace
      where class.relkind in ('r', 'm')
        and not starts_with(namespace.nspname, 'pg_')
        and namespace.nspname <> 'information_schema'
    ), stored as (
      select oid, 'table' as kind, name, root from leaf
      union all
      select reltoastrelid, 'toast', name || ' (toast)', root from leaf where reltoastrelid <> 0
    ), relation as (
      select oid, kind, name, root, null as root_index from stored
      union all
      select index.oid, 'index', namespace.nspname || '.' || index.relname, stored.root,
        root_namespace.nspname || '.' || root.relname
      from stored
      join pg_catalog.pg_index on pg_index.indrelid = stored.oid
      join pg_catalog.pg_class index on index.oid = pg_index.indexrelid
      join pg_catalog.pg_namespace namespace on namespace.oid = index.relnamespace
      join pg_catalog.pg_class root
        on root.oid = coalesce(pg_catalog.pg_partition_root(index.oid), index.oid)
      join pg_catalog.pg_namespace root_namespace on root_namespace.oid = root.relnamespace
    )
    select oid::bigint::float8 as oid, kind, name, root as "rootTable", root_index as "rootIndex",
      case when oid not in (select locked.oid from locked)
        then coalesce(pg_catalog.pg_relation_size(oid), 0)::float8 end as bytes
    from relation
    order by 4, 2, 3`)) as unknown as readonly RelationSize[];
}

/** pgstatindex knows B-trees only, and those that are valid; toast tables' are nobody's question. */
export async function treesAmong(
  server: Server,
  sizes: readonly RelationSize[],
): Promise<readonly RelationSize[]> {
  const rows = await server.query(`
    select class.oid::bigint::float8 as oid
    from pg_catalog.pg_class class
    join pg_catalog.pg_am am on am.oid = class.relam and am.amname = 'btree'
    join pg_catalog.pg_index on pg_index.indexrelid = class.oid and pg_index.indisvalid
    where class.relkind = 'i'`);
  const trees = new Set(rows.map(({ oid }) => Number(oid)));
  return sizes.filter(
    ({ oid, kind, name }) => kind === "index" && trees.has(oid) && !name.startsWith("pg_toast."),
  );
}
