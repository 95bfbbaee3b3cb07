/** An object that left: its entries and what waits for them, who refers to it, its values, itself. */
import { statement } from "../../src/core/step.ts";
import { execute, query, type Transaction } from "../../src/core/transaction.ts";

const lockStatement = statement(
  "lock-leaver",
  "select true as locked from mv.object where id = $1::uuid for update",
);

const entriesStatement = statement(
  "read-entries-of-leaver",
  "select id::text as id from mv.connected_object where object_id = $1::uuid order by id for update",
);

/** What is deleted by keys of its own is so whether or not there are foreign keys that would. */
const ofEntries = [
  statement(
    "delete-exports",
    "delete from mv.pending_export where connected_object_id = any($1::uuid[])",
  ),
  statement(
    "clear-entry-references",
    "update mv.connected_value set reference_value_id = null where reference_value_id = any($1::uuid[])",
  ),
  statement(
    "delete-values-of-entries",
    "delete from mv.connected_value where connected_object_id = any($1::uuid[])",
  ),
  statement("delete-entries", "delete from mv.connected_object where id = any($1::uuid[])"),
];

const ofObject = [
  statement("delete-references", "delete from mv.object_value where reference_value_id = $1::uuid"),
  statement("delete-values-of-object", "delete from mv.object_value where object_id = $1::uuid"),
  statement("delete-object", "delete from mv.object where id = $1::uuid"),
];

/** Within a transaction; false if it is gone already. */
export function* deleteObject(id: string): Transaction<boolean> {
  const locked = yield* query(lockStatement, id);
  if (locked.length === 0) return false;
  const entries = (yield* query(entriesStatement, id)).map((row) => String(row.id));
  for (const sql of ofEntries) yield* execute(sql, entries);
  for (const sql of ofObject) yield* execute(sql, id);
  return true;
}
