/**
 * What tables and indexes take up: their sizes, dead and free space (pgstattuple_approx), and how full
 * the leaf pages of B-trees are (pgstatindex; manual, F.33). Sizes open each relation, and the other
 * two read it, so all is bounded: whoever holds a lock is not waited for, and what is large is left out.
 */
import { ServerError } from "../../server/connection.ts";
import { extensionSchema } from "./instruments.ts";
import {
  type CounterRow,
  isSurvivable,
  type Parts,
  readRows,
  reasonOf,
  type Server,
} from "./reading.ts";

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

/** A relation and what was found in it: the columns as the function has them. */
export interface Inspected {
  readonly oid: number;
  readonly name: string;
  readonly rootTable: string;
  readonly rootIndex: string | null;
  readonly found: CounterRow;
}

/** Relations that were not looked into. */
export interface LeftOut {
  readonly why: string;
  readonly relations: number;
  /** The first of them. */
  readonly examples: readonly string[];
}

export interface SpaceSnapshot {
  /** Null: they could not be read. */
  readonly sizes: readonly RelationSize[] | null;
  /** pgstattuple_approx of each table that stores rows. */
  readonly tables: readonly Inspected[];
  /** pgstatindex of B-trees. */
  readonly indexes: readonly Inspected[];
  readonly leftOut: readonly LeftOut[];
}

/**
 * Read for one snapshot, of tables and of indexes each: some tenths of a second from memory. Both read
 * through a ring of buffers of their own (BAS_BULKREAD), so that they push nothing out of the cache.
 */
const bytesMax = 256 * 1024 * 1024;

/** For all of them together: a run waits for it twice. */
const msMax = 3000;

export async function readSpace(server: Server, parts: Parts): Promise<SpaceSnapshot> {
  const sizes = await parts.read("pg_relation_size", () => readSizes(server));
  if (sizes === null) return { sizes, tables: [], indexes: [], leftOut: [] };
  const look = new Look(server, performance.now() + msMax);
  for (const { name, bytes } of sizes) if (bytes === null) look.leaveOut(name, lockedWhy);
  const schema = await extensionSchema(server, "pgstattuple", parts);
  if (schema === null) return { sizes, tables: [], indexes: [], leftOut: look.leftOut };
  const tables = sizes.filter(({ kind }) => kind === "table");
  const ofTables = await look.into(
    tables,
    ({ rootTable }) => rootTable,
    `${schema}.pgstattuple_approx`,
  );
  const trees = await treesAmong(server, sizes);
  const ofTrees = await look.into(
    trees,
    ({ rootIndex }) => rootIndex ?? "",
    `${schema}.pgstatindex`,
  );
  return { sizes, tables: ofTables, indexes: ofTrees, leftOut: look.leftOut };
}

/** Somebody may lock one more table after those that are locked were found. */
const attemptsMax = 3;

/** lock_not_available: the connection has a lock_timeout, for nobody is waited for. */
const lockTimeout = "55P03";

async function readSizes(server: Server): Promise<readonly RelationSize[]> {
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
async function treesAmong(
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

/** Looks into relations within its limits, and says what it left out. */
class Look {
  readonly #server: Server;
  readonly #endMs: number;
  readonly #leftOut = new Map<string, string[]>();

  constructor(server: Server, endMs: number) {
    this.#server = server;
    this.#endMs = endMs;
  }

  get leftOut(): readonly LeftOut[] {
    return [...this.#leftOut].map(([why, names]) => ({
      why,
      relations: names.length,
      examples: names.slice(0, examplesMax),
    }));
  }

  async into(
    relations: readonly RelationSize[],
    treeOf: (relation: RelationSize) => string,
    sqlFunction: string,
  ): Promise<readonly Inspected[]> {
    const inspected: Inspected[] = [];
    let bytesLeft = bytesMax;
    for (const relation of inTurns(relations, treeOf)) {
      const { oid, name, rootTable, rootIndex, bytes } = relation;
      // Whoever holds it was named with the sizes.
      if (bytes === null) continue;
      if (bytes > bytesLeft) {
        this.leaveOut(name, `a snapshot reads ${bytesMax / 1024 / 1024} MB of each kind at most`);
      } else if (performance.now() > this.#endMs) {
        this.leaveOut(name, `a snapshot looks for ${msMax / 1000} s at most`);
      } else {
        bytesLeft -= bytes;
        const found = await this.#inspect(relation, sqlFunction);
        if (found !== null) inspected.push({ oid, name, rootTable, rootIndex, found });
      }
    }
    return inspected;
  }

  async #inspect({ oid, name }: RelationSize, sqlFunction: string): Promise<CounterRow | null> {
    try {
      const sql = `select to_jsonb(t)::text as json from ${sqlFunction}($1::oid::regclass) t`;
      return (await readRows(this.#server, sql, [oid]))[0] ?? null;
    } catch (error) {
      if (!isSurvivable(error)) throw error;
      // Without the relation's own name, so that equal reasons are one.
      this.leaveOut(
        name,
        `${reasonOf(error).replaceAll(/"[^"]*"|\S+\.\S+/g, "…")} (${error.code})`,
      );
      return null;
    }
  }

  leaveOut(name: string, why: string): void {
    const names = this.#leftOut.get(why);
    if (names === undefined) this.#leftOut.set(why, [name]);
    else names.push(name);
  }
}

const lockedWhy = "somebody holds it in ACCESS EXCLUSIVE mode, or waits to";

/** As many as tell which ones are meant. */
const examplesMax = 3;

/** The first of each tree, then the second of each, and so on: of every tree something is seen. */
function inTurns(
  relations: readonly RelationSize[],
  treeOf: (relation: RelationSize) => string,
): readonly RelationSize[] {
  const seen = new Map<string, number>();
  const placed = relations.map((relation) => {
    const turn = seen.get(treeOf(relation)) ?? 0;
    seen.set(treeOf(relation), turn + 1);
    return { relation, turn };
  });
  return placed.sort((one, other) => one.turn - other.turn).map(({ relation }) => relation);
}
