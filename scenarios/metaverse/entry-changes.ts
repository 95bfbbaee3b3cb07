/**
 * What changes which entry an external id leads to: two entries exchange theirs, or another entry
 * takes the place of one. Each is right by itself, whatever the variant: it is those who remember
 * that have to hear of it. Each returns what leads where from then on.
 */
import { statement } from "../../src/core/step.ts";
import { execute, type Transaction } from "../../src/core/transaction.ts";
import type { Lead } from "./caches.ts";
import { exchangeValues, leadsFrom } from "./exchange.ts";
import { lockHolders, restamped } from "./holders.ts";
import type { Place } from "./lookup.ts";
import { typedColumnNames } from "./tables.ts";

/** Known from then on by what they are called now. */
const renamedStatement = statement(
  "rename-imported",
  `update mv.connected_value as imported
  set string_value = named.string_value || ' exchanged'
  from mv.connected_value as named
  where imported.connected_object_id = any($1::uuid[]) and imported.attribute_id = $3::int4
    and named.connected_object_id = imported.connected_object_id
    and named.attribute_id = $2::int4`,
);

export interface EntryChange {
  readonly place: Place;
  /** The attribute that says by which external id it was imported. */
  readonly importedAs: number;
}

/** Of two entries: a later one with the old id of another must not be taken for that. */
export function* exchangeIds(
  { place, importedAs }: EntryChange,
  pair: readonly [string, string],
): Transaction<readonly Lead[]> {
  const ids = yield* exchangeValues(place, pair);
  yield* execute(renamedStatement, ids, place.attribute, importedAs);
  return leadsFrom(place, yield* restamped(ids));
}

const copyEntryStatement = statement(
  "copy-entry",
  `insert into mv.connected_object
    (id, connected_system_id, last_updated, type_id, external_id_attribute_id, status)
  select $2::uuid, connected_system_id, now(), type_id, external_id_attribute_id, status
  from mv.connected_object where id = $1::uuid`,
);

const valueColumns = [...["attribute_id", ...typedColumnNames, "unresolved_reference_value"]].join(
  ", ",
);

/** Ids follow from those of the entry and of the values that they are copies of. */
const copyValuesStatement = statement(
  "copy-entry-values",
  `insert into mv.connected_value (id, connected_object_id, ${valueColumns})
  select md5($2::text || id)::uuid, $2::uuid, ${valueColumns}
  from mv.connected_value where connected_object_id = $1::uuid`,
);

const deleteValuesStatement = statement(
  "delete-values-of-entry",
  "delete from mv.connected_value where connected_object_id = $1::uuid",
);

const deleteEntryStatement = statement(
  "delete-entry",
  "delete from mv.connected_object where id = $1::uuid",
);

/** The entry is deleted, and its system has made another with the same external id. */
export function* replaceEntry(
  { place }: EntryChange,
  externalId: string,
  newId: string,
): Transaction<readonly Lead[]> {
  const holders = yield* lockHolders(place, [externalId]);
  const id = holders.get(externalId) ?? "";
  yield* execute(copyEntryStatement, id, newId);
  yield* execute(copyValuesStatement, id, newId);
  // Where there are no foreign keys, nothing else deletes them.
  yield* execute(deleteValuesStatement, id);
  yield* execute(deleteEntryStatement, id);
  const now = yield* restamped([newId]);
  return [{ place, externalId, now: now.get(newId) ?? null, hasMoved: true }];
}
