/**
 * reindex: all indexes of a table are built anew, concurrently, while the load goes on.
 *
 * What it does: REINDEX TABLE CONCURRENTLY of the table that the sessions change most, or of the one
 * that is named, or REINDEX INDEX CONCURRENTLY; of a partitioned one partition by partition. It is over
 * when that is done.
 * Why it works: each index is built a second time beside the old one, which goes on to be used, and
 * then takes its place (manual, REINDEX, Rebuilding Indexes Concurrently). Nobody waits for a lock but
 * other changes of the table; but table and index are read and written twice, every write meanwhile
 * goes to both indexes, and HOT updates are held to the columns of both. It waits for every transaction
 * that is older, and removes nothing that dies meanwhile.
 * What proves it: it came to its end, and indexes with new identities have taken the places of the old
 * ones.
 * What it leaves behind: nothing. Cut short it would leave an invalid index (_ccnew or _ccold), which
 * costs every write and serves no read: the undo finds and drops those, also after a kill -9.
 * Privileges: the table's owner, or MAINTAIN since 17. Blast radius: database. Managed servers: works
 * on all.
 */
import type { Fault, FaultTarget, UndoRecord } from "./fault.ts";
import { beginTask, endLeftAtWork, proofOfTask } from "./task.ts";
import { tableParameter } from "./tables.ts";
import { chooseWritten } from "./used-tables.ts";

export const reindex: Fault = {
  name: "reindex",
  summary: "builds the indexes of TABLE, or INDEX, anew, concurrently",
  radius: "database",
  dropsConnections: false,
  endsTransactions: false,
  endsByItself: true,
  parameters: {
    index: { identifier: true, default: "", help: "an index alone, with its schema" },
    table: tableParameter,
  },

  async check({ target }, { index, table }) {
    if (index !== "" && table !== "") return ["reindex: expected a table or an index, not both"];
    const name = String(index === "" ? table : index);
    // Which table the sessions change most shows only once they are at it.
    if (name === "") return [];
    const [row] = await target.query(allowedSql, [name, index === "" ? "rp" : "iI"]);
    const what = index === "" ? "table" : "index";
    if (row === undefined) return [`reindex: there is no ${what} ${name} in this database`];
    if (row.allowed === true) return [];
    return [`reindex needs to own ${name}, or MAINTAIN since PostgreSQL 17`];
  },

  undo: {
    async prepare(context, { index, table }) {
      const isIndex = index !== "";
      const name = isIndex
        ? await nameOfIndex(context.target, String(index))
        : (await chooseWritten(context, String(table))).name;
      const { invalid } = await indexesOf(context.target, name);
      return { kind: isIndex ? "index" : "table", name, invalid: invalid.join(",") };
    },
    async perform({ target }, { name, invalid }) {
      const known = textOf(invalid).split(",");
      await endLeftAtWork(target, "reindex");
      const left = await indexesOf(target, textOf(name));
      for (const oid of left.invalid.filter((one) => !known.includes(one))) {
        const [row] = await target.query(leftoverSql, [oid]);
        if (row !== undefined) await target.query(`drop index if exists ${String(row.name)}`);
      }
    },
  },

  async inject(context, _parameters, record) {
    const kind = textOf(record?.kind);
    const reindexed = textOf(record?.name);
    const before = await indexesOf(context.target, reindexed);
    const statement = `reindex ${kind} concurrently ${reindexed}`;
    return beginTask(context, {
      name: "reindex",
      work: async (connection) => {
        await connection.query(statement);
      },
      async figures() {
        const after = await indexesOf(context.target, reindexed);
        const rebuilt = after.valid.filter((oid) => !before.valid.includes(oid)).length;
        return { reindexed, indexes: before.valid.length, rebuilt };
      },
      afterwards: () => Promise.resolve({}),
    });
  },

  prove({ figures }) {
    const { reindexed = "no table", indexes = 0, rebuilt = 0 } = figures;
    const details = `of ${indexes} indexes of ${reindexed}, ${rebuilt} are new ones`;
    return proofOfTask(figures, { shown: Number(rebuilt) > 0, details });
  },
};

/** What the record has: prepared here, or read from the journal. */
function textOf(value: UndoRecord[string] | undefined): string {
  if (typeof value !== "string") throw new Error("expected an undo record of reindex");
  return value;
}

async function nameOfIndex(target: FaultTarget, index: string): Promise<string> {
  // In quotes where it needs them.
  const [row] = await target.query("select to_regclass($1)::text as name", [index]);
  if (row?.name == null) throw new Error(`there is no index ${index} in this database`);
  return String(row.name);
}

/** has_table_privilege knows MAINTAIN only where there is one; superusers are in every role. */
const allowedSql = `
  select pg_catalog.pg_has_role(class.relowner, 'usage')
    or (current_setting('server_version_num')::int4 >= 170000
      and pg_catalog.has_table_privilege(coalesce(index.indrelid, class.oid),
        case when current_setting('server_version_num')::int4 >= 170000 then 'maintain' else 'select' end))
    as allowed
  from pg_catalog.pg_class as class
  left join pg_catalog.pg_index as index on index.indexrelid = class.oid
  where class.oid = to_regclass($1) and position(class.relkind::text in $2) > 0`;

interface Indexes {
  /** Of those that store something, by their identities: of partitions, not of the whole. */
  readonly valid: readonly string[];
  readonly invalid: readonly string[];
}

/** Of a table with its partitions, or of an index with its; none where that is gone. */
async function indexesOf(target: FaultTarget, name: string): Promise<Indexes> {
  const rows = await target.query(indexesSql, [name]);
  const where = (isValid: boolean) =>
    rows.filter(({ valid }) => valid === isValid).map(({ oid }) => String(oid));
  return { valid: where(true), invalid: where(false) };
}

/** The names of leftovers begin with the old one's, but their table is all that they share for sure. */
const indexesSql = `
  with root as (select to_regclass($1)::oid as oid),
  parts as (
    select oid from root where oid is not null
    union select relid from root, pg_catalog.pg_partition_tree(root.oid)
  ),
  tree as (
    select oid from parts
    -- REINDEX TABLE does these, too.
    union select reltoastrelid from pg_catalog.pg_class join parts using (oid) where reltoastrelid <> 0
  ),
  tables as (
    select oid from tree
    union select indrelid from pg_catalog.pg_index join tree on tree.oid = indexrelid
  )
  select index.indexrelid::text as oid, index.indisvalid as valid
  from pg_catalog.pg_index as index
  join pg_catalog.pg_class as class on class.oid = index.indexrelid and class.relkind = 'i'
  where index.indrelid in (select oid from tables)
    and (not index.indisvalid
      or index.indrelid in (select oid from tree) or index.indexrelid in (select oid from tree))
  order by 1`;

const leftoverSql = `
  select format('%I.%I', namespace.nspname, class.relname) as name
  from pg_catalog.pg_class as class
  join pg_catalog.pg_namespace as namespace on namespace.oid = class.relnamespace
  join pg_catalog.pg_index as index on index.indexrelid = class.oid and not index.indisvalid
  where class.oid = $1::text::oid and class.relname ~ '_cc(new|old)[0-9]*$'`;
