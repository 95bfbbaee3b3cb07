/**
 * The rows of a table that transactions touched last, found by their headers: xmin is who wrote a
 * row, xmax who locked or deleted it, be it a moment ago. Whoever will want them again waits for
 * whoever locks them.
 */
import type { FaultTarget } from "./fault.ts";

/** A table's leaves, each with the page from which on it is searched. */
export interface Searched {
  readonly leaves: readonly { readonly name: string; readonly fromPage: number }[];
}

/** Where a row was found. It is no longer there once it was updated. */
export interface HotRow {
  /** In full, quoted for SQL. */
  readonly leaf: string;
  readonly ctid: string;
}

/** 32 MB: read in the tenth of a second, and all there is of most tables. */
const pagesMax = 4096;
/** Of more partitions, those that are used most. */
const leavesMax = 64;

/** The last pages of each leaf: that is where new rows come where nothing was vacuumed. */
export async function searchIn(target: FaultTarget, table: number): Promise<Searched> {
  const rows = await target.query(
    `select format('%I.%I', namespace.nspname, leaf.relname) as name,
       pg_relation_size(leaf.oid) / current_setting('block_size')::int8 as pages
     from (
       select relid from pg_catalog.pg_partition_tree($1::oid)
       union select $1::oid
     ) as tree
     join pg_catalog.pg_class as leaf on leaf.oid = tree.relid and leaf.relkind = 'r'
     join pg_catalog.pg_namespace as namespace on namespace.oid = leaf.relnamespace
     join pg_catalog.pg_stat_all_tables as stat on stat.relid = leaf.oid
     order by coalesce(idx_tup_fetch, 0) + n_tup_ins + n_tup_upd + n_tup_del desc, leaf.oid
     limit $2`,
    [table, leavesMax],
  );
  const pagesEach = Math.floor(pagesMax / Math.max(1, rows.length));
  const leaves = rows.map(({ name, pages }) => ({
    name: String(name),
    fromPage: Math.max(0, Number(pages) - pagesEach),
  }));
  return { leaves };
}

/** At most `count`, the youngest first; those that the asking transaction has locked are left out. */
export async function hottestRows(
  target: FaultTarget,
  { leaves }: Searched,
  count: number,
): Promise<readonly HotRow[]> {
  if (leaves.length === 0) return [];
  const parameters = [count, ...leaves.flatMap(({ name, fromPage }) => [name, `(${fromPage},0)`])];
  // Many transactions together are no transaction's number: such an xmax looks old, and xmin decides.
  const ofLeaf = leaves.map(
    ({ name }, index) => `(
      select $${2 * index + 2}::text as leaf, ctid::text as ctid,
        least(age(xmin), case when xmax <> 0 then age(xmax) end) as age
      from only ${name}
      where ctid >= $${2 * index + 3}::tid
        and xmax is distinct from pg_current_xact_id_if_assigned()::xid
      order by age
      limit $1)`,
  );
  const rows = await target.query(
    `select leaf, ctid from (${ofLeaf.join(" union all ")}) as found order by age, leaf, ctid limit $1`,
    parameters,
  );
  return rows.map(({ leaf, ctid }) => ({ leaf: String(leaf), ctid: String(ctid) }));
}

/** Locks those that nobody has locked, at most `max`; how many. */
export async function lockFree(
  target: FaultTarget,
  rows: readonly HotRow[],
  max: number,
): Promise<number> {
  let locked = 0;
  for (const leaf of new Set(rows.map((row) => row.leaf))) {
    const places = rows.filter((row) => row.leaf === leaf).map(({ ctid }) => ctid);
    const got = await target.query(
      `select true as locked from only ${leaf} where ctid = any($1::tid[]) limit $2 for update skip locked`,
      [places, max - locked],
    );
    locked += got.length;
  }
  return locked;
}

/** Locks one, behind whoever has locked it: false if it is not there any more. Rejects as lock_timeout has it. */
export async function lockInTurn(target: FaultTarget, { leaf, ctid }: HotRow): Promise<boolean> {
  const got = await target.query(
    `select true as locked from only ${leaf} where ctid = $1::tid for update`,
    [ctid],
  );
  return got.length > 0;
}
