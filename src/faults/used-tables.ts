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
 * The table of that name; without one that whose rows the sessions meet on most: the smallest of those
 * in which they lock, update or delete rows, for every transaction wants one row of it at least. The
 * check of a foreign key locks the row that it finds, so this may be a table that nobody writes to.
 * Throws where there is none.
 */
export async function chooseHot(place: Place, name: string): Promise<ChosenTable> {
  const used = name === "" ? await usedTables(place) : [];
  // Rows that are only ever inserted are nobody's but their writer's.
  const shared = used.filter(({ lockers, rewritten }) => lockers > 0 || rewritten > 0);
  const [hottest] = [...(shared.length > 0 ? shared : used)].sort(
    (one, other) => one.rows - other.rows,
  );
  return hottest ?? chooseTable(place.target, name);
}

interface UsedTable extends ChosenTable, Sightings {
  /** Rows, by the statistics: inserted, updated or deleted; updated or deleted; there. */
  readonly changes: number;
  readonly rewritten: number;
  readonly rows: number;
}

/** Sessions that were seen at it, summed over the looks. */
interface Sightings {
  /** Locking rows takes ROW SHARE on their table, writing ROW EXCLUSIVE (manual, 13.3.1). */
  readonly lockers: number;
  readonly writers: number;
}

/** Transactions of a few milliseconds between thoughts of fifty are caught by some of these. */
const looksMax = 40;
const lookEveryMs = 10;
/** So many locks seen tell which tables a transaction uses. */
const sightingsEnough = 40;

/** Of the trees' roots; none if no session held a lock in any look. */
async function usedTables({ target, sessions }: Place): Promise<readonly UsedTable[]> {
  const seen = new Map<number, Sightings>();
  let sightings = 0;
  for (let looks = 0; looks < looksMax && sightings < sightingsEnough; looks++) {
    if (looks > 0) await wait(lookEveryMs);
    for (const row of await target.query(heldSql, [sessions.prefix])) {
      const { lockers, writers } = seen.get(Number(row.oid)) ?? unseen;
      const now = { lockers: Number(row.lockers), writers: Number(row.writers) };
      seen.set(Number(row.oid), {
        lockers: lockers + now.lockers,
        writers: writers + now.writers,
      });
      sightings += now.lockers + now.writers;
    }
  }
  const rows = await target.query(countsSql, [[...seen.keys()]]);
  return rows.map((row) => ({
    oid: Number(row.oid),
    name: String(row.name),
    ...(seen.get(Number(row.oid)) ?? unseen),
    changes: Number(row.changes),
    rewritten: Number(row.rewritten),
    rows: Number(row.rows),
  }));
}

const unseen: Sightings = { lockers: 0, writers: 0 };

const heldSql = `
  select coalesce(pg_catalog.pg_partition_root(held.relation), held.relation)::oid::int8::float8 as oid,
    (count(distinct held.pid) filter (where held.mode = 'RowShareLock'))::int4 as lockers,
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
    sum(n_tup_upd + n_tup_del)::float8 as rewritten,
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
