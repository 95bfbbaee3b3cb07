/**
 * After a crash: whether every index still has exactly what its table has. amcheck's bt_index_check
 * looks at the order of each B-tree, and with heapallindexed for every row of the table in it
 * (manual, F.1); it takes no lock that would disturb anybody. Only B-trees: of the other kinds
 * amcheck knows nothing, but GIN from 18 on.
 */
import type { InvariantResult } from "../invariants/no-rows.ts";
import { type Connection, ServerError } from "../server/connection.ts";
import type { FaultCourse } from "./faults/fault-course.ts";

export const indexesIntactName = "indexes-intact";

/** Nothing to ask where nothing has crashed. */
export function hasCrashed(courses: readonly FaultCourse[]): boolean {
  return courses.some(({ armed, startMs }) => armed.fault.crashes === true && startMs !== null);
}

/**
 * Which tables were written, the server has forgotten with the crash: all of this database, which was
 * made for the run, are looked at. Throws ServerError where the server is gone.
 */
export async function checkIndexes(connection: Connection): Promise<InvariantResult> {
  const check = await functionOf(connection);
  if ("why" in check) return unchecked(check.why);
  const indexes = await connection.query(indexesSql);
  if (indexes.length === 0) return unchecked("there is no B-tree in this database to look at");
  const broken: string[] = [];
  for (const { oid, index } of indexes) {
    try {
      await connection.query(`select ${check.sql}(index => $1::oid, heapallindexed => true)`, [
        oid,
      ]);
    } catch (error) {
      if (!(error instanceof ServerError)) throw error;
      if (!corruptCodes.includes(error.code))
        return unchecked(`${String(index)}: ${error.message}`);
      broken.push(`${String(index)}: ${error.message} (${error.code})`);
    }
  }
  const tables = new Set(indexes.map(({ table }) => table)).size;
  const looked = `bt_index_check with heapallindexed looked at ${indexes.length} indexes of ${tables} tables`;
  if (broken.length === 0)
    return { name: indexesIntactName, ok: true, evidence: `${looked} and found nothing wrong.` };
  const shown = broken.slice(0, shownMax).join("; ");
  const more = broken.length > shownMax ? ` and ${broken.length - shownMax} more` : "";
  return { name: indexesIntactName, ok: false, evidence: `${looked}. Found: ${shown}${more}` };
}

/** data_corrupted and index_corrupted: what amcheck says no with. */
const corruptCodes: readonly string[] = ["XX001", "XX002"];

/** As many as a report can show. */
const shownMax = 3;

function unchecked(why: string): InvariantResult {
  return {
    name: indexesIntactName,
    ok: null,
    evidence: `the indexes could not be checked: ${why}`,
  };
}

/** By its full name, wherever the extension is; made here if it may be. */
async function functionOf(
  connection: Connection,
): Promise<{ readonly sql: string } | { readonly why: string }> {
  try {
    await connection.query("create extension if not exists amcheck");
  } catch (error) {
    if (!(error instanceof ServerError)) throw error;
    return { why: `amcheck is not to be had here: ${error.message} (${error.code})` };
  }
  const [row] = await connection.query(
    `select format('%I.bt_index_check', namespace.nspname) as sql
     from pg_catalog.pg_extension as extension
     join pg_catalog.pg_namespace as namespace on namespace.oid = extension.extnamespace
     where extension.extname = 'amcheck'`,
  );
  return { sql: String(row?.sql) };
}

/** Of all tables outside the system's schemas, and of their toast tables. */
const indexesSql = `
  select index.indexrelid::text as oid, index.indexrelid::regclass::text as index,
    index.indrelid::text as table
  from pg_catalog.pg_index as index
  join pg_catalog.pg_class as class on class.oid = index.indexrelid
  join pg_catalog.pg_am as method on method.oid = class.relam
  left join pg_catalog.pg_class as owner on owner.reltoastrelid = index.indrelid
  join pg_catalog.pg_class as stored on stored.oid = coalesce(owner.oid, index.indrelid)
  join pg_catalog.pg_namespace as namespace on namespace.oid = stored.relnamespace
  where method.amname = 'btree' and class.relkind = 'i' and index.indisvalid and index.indisready
    and class.relpersistence = 'p'
    and not starts_with(namespace.nspname, 'pg_') and namespace.nspname <> 'information_schema'
  order by 2`;
