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

/** That of faults on single rows. */
export const hotTableParameter = {
  ...tableParameter,
  help: "a table, with its schema; without it the one whose rows the sessions meet on most",
} as const;

/**
 * Why this login cannot do to the table what it is to: a sentence, or none. Without a name, any table
 * would do that it may use: which one it will be is known only once the sessions are at work.
 */
export async function tableProblems(
  target: FaultTarget,
  fault: string,
  needed: { readonly table: string; readonly anyOf: readonly string[] },
): Promise<readonly string[]> {
  const { table, anyOf } = needed;
  const [row] = await target.query(
    `select count(*)::int4 as tables, current_user as login,
       (count(*) filter (where has_table_privilege(class.oid, $2)))::int4 as allowed
     from pg_catalog.pg_class as class
     join pg_catalog.pg_namespace as namespace on namespace.oid = class.relnamespace
     where class.relkind in ('r', 'p') and ($1 = '' or class.oid = to_regclass($1))
       and namespace.nspname not in ('pg_catalog', 'information_schema', 'loadgen_chaos', 'loadgen_ledger')`,
    [table, anyOf.join(",")],
  );
  if (Number(row?.allowed) > 0) return [];
  const which = table === "" ? "any table" : table;
  if (Number(row?.tables) === 0) {
    const missing = table === "" ? "no table" : `no table ${table}`;
    return [`${fault}: there is ${missing} in this database`];
  }
  return [
    `${fault} needs the privilege ${anyOf.map((one) => one.toUpperCase()).join(" or ")} on ${which}: grant it to ${String(row?.login)}`,
  ];
}
