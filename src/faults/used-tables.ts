/**
 * Which of the run's tables its sessions work on just now, by the locks that they hold: known at once,
 * where statistics are late by a second and empty at the start of a run.
 */
import { setTimeout as wait } from "node:timers/promises";
import type { FaultContext } from "./fault.ts";
import { type ChosenTable, chooseTable } from "./tables.ts";

type Place = Pick<FaultContext, "target" | "sessions">;

/**
 * The table of that name; without one that which the sessions change most, of those that they are
 * seen to work on. Throws where there is none.
 */
export async function chooseWritten(place: Place, name: string): Promise<ChosenTable> {
  const used = name === "" ? await usedTables(place) : [];
  const [most] = [...used].sort(
    (one, other) => other.changes - one.changes || other.writers - one.writers,
  );
  return most ?? chooseTable(place.target, name);
}

/**
 * The table of that name; without one that whose rows the sessions meet on most: many look-ups and
 * changes a row, of the tables on which they take row locks or write. A foreign key's check locks the
 * row that it finds, so this may well be a table that nobody writes to. Throws where there is none.
 */
export async function chooseHot(place: Place, name: string): Promise<ChosenTable> {
  const used = name === "" ? await usedTables(place) : [];
  const [hottest] = [...used].sort(
    (one, other) => other.touches / other.rows - one.touches / one.rows || one.rows - other.rows,
  );
  return hottest ?? chooseTable(place.target, name);
}

interface UsedTable extends ChosenTable {
  /** Sessions that were seen writing to it, summed over the looks. */
  readonly writers: number;
  /** Rows, by the statistics: inserted, updated or deleted; found by an index, updated or deleted; there. */
  readonly changes: number;
  readonly touches: number;
  readonly rows: number;
}

/** Transactions of a few milliseconds between thoughts of fifty are caught by some of these. */
const looksMax = 40;
const lookEveryMs = 10;
/** So many locks seen tell which tables a transaction uses. */
const sightingsEnough = 40;

/** Of the trees' roots; none if no session held a lock in any look. */
async function usedTables({ target, sessions }: Place): Promise<readonly UsedTable[]> {
  const writersOf = new Map<number, number>();
  let sightings = 0;
  for (let looks = 0; looks < looksMax && sightings < sightingsEnough; looks++) {
    if (looks > 0) await wait(lookEveryMs);
    for (const row of await target.query(heldSql, [sessions.prefix])) {
      const oid = Number(row.oid);
      writersOf.set(oid, (writersOf.get(oid) ?? 0) + Number(row.writers));
      sightings += Number(row.sessions);
    }
  }
  const rows = await target.query(countsSql, [[...writersOf.keys()]]);
  return rows.map((row) => ({
    oid: Number(row.oid),
    name: String(row.name),
    writers: writersOf.get(Number(row.oid)) ?? 0,
    changes: Number(row.changes),
    touches: Number(row.touches),
    rows: Number(row.rows),
  }));
}

/** Locking rows takes ROW SHARE on their table, writing ROW EXCLUSIVE (manual, 13.3.1). */
const heldSql = `
  select coalesce(pg_catalog.pg_partition_root(held.relation), held.relation)::oid::int8::float8 as oid,
    count(distinct held.pid)::int4 as sessions,
    (count(distinct held.pid) filter (where held.mode = 'RowExclusiveLock'))::int4 as writers
  from pg_catalog.pg_locks as held
  join pg_catalog.pg_stat_activity as activity on activity.pid = held.pid
  join pg_catalog.pg_class as class on class.oid = held.relation
  join pg_catalog.pg_namespace as namespace on namespace.oid = class.relnamespace
  where held.locktype = 'relation' and held.mode in ('RowShareLock', 'RowExclusiveLock')
    and activity.datname = current_database() and starts_with(activity.application_name, $1)
    and class.relkind in ('r', 'p')
    and namespace.nspname not in ('pg_catalog', 'loadgen_chaos', 'loadgen_ledger')
  group by 1`;

/** Of the leaves together: a partitioned table itself has no rows. */
const countsSql = `
  select root.oid::int8::float8 as oid, format('%I.%I', namespace.nspname, root.relname) as name,
    sum(n_tup_ins + n_tup_upd + n_tup_del)::float8 as changes,
    sum(coalesce(idx_tup_fetch, 0) + n_tup_upd + n_tup_del)::float8 as touches,
    sum(greatest(leaf.reltuples, n_live_tup, 1))::float8 as rows
  from pg_catalog.pg_class as root
  join pg_catalog.pg_namespace as namespace on namespace.oid = root.relnamespace
  cross join lateral (
    select relid from pg_catalog.pg_partition_tree(root.oid)
    union select root.oid
  ) as tree
  join pg_catalog.pg_class as leaf on leaf.oid = tree.relid and leaf.relkind = 'r'
  join pg_catalog.pg_stat_all_tables as stat on stat.relid = leaf.oid
  where root.oid = any($1::oid[])
  group by root.oid, namespace.nspname, root.relname
  order by root.oid`;
