/** Which of the run's tables a fault acts on. */
import type { FaultTarget } from "./fault.ts";

export interface ChosenTable {
  readonly oid: number;
  /** In full, quoted for SQL. */
  readonly name: string;
}

/**
 * The table of that name; without one the root of the table tree to which the sessions have done
 * most: rows inserted, updated and deleted, and where none were, rows read. Throws where there is none.
 */
export async function chooseTable(target: FaultTarget, name: string): Promise<ChosenTable> {
  const [row] = await target.query(name === "" ? busiestSql : namedSql, name === "" ? [] : [name]);
  if (row === undefined) {
    throw new Error(
      name === ""
        ? "there is no table to choose from"
        : `there is no table ${name} in this database`,
    );
  }
  return { oid: Number(row.oid), name: String(row.name) };
}

/** Statistics of a partitioned table itself are always zero: those of its leaves count. */
const busiestSql = `
  select root.oid::int8::float8 as oid, format('%I.%I', namespace.nspname, root.relname) as name
  from pg_catalog.pg_stat_user_tables as stat
  join pg_catalog.pg_class as root
    on root.oid = coalesce(pg_catalog.pg_partition_root(stat.relid), stat.relid)
  join pg_catalog.pg_namespace as namespace on namespace.oid = root.relnamespace
  where namespace.nspname not in ('loadgen_chaos', 'loadgen_ledger')
  group by root.oid, namespace.nspname, root.relname
  order by sum(n_tup_ins + n_tup_upd + n_tup_del) desc,
    sum(coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0)) desc, root.oid
  limit 1`;

const namedSql = `
  select class.oid::int8::float8 as oid, format('%I.%I', namespace.nspname, class.relname) as name
  from pg_catalog.pg_class as class
  join pg_catalog.pg_namespace as namespace on namespace.oid = class.relnamespace
  where class.oid = to_regclass($1) and class.relkind in ('r', 'p')`;

/** A parameter that every fault on a table has. */
export const tableParameter = {
  identifier: true,
  default: "",
  help: "a table, with its schema; without it the one that the sessions change most",
} as const;
