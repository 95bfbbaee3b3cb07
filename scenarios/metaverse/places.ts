/** Where external ids are looked up, with the dictionary of those who read it once. */
import { statement } from "../../src/core/step.ts";
import type { Strategies } from "../../src/core/system.ts";
import { query, type Transaction } from "../../src/core/transaction.ts";
import { types } from "./create.ts";
import { dictionaryOf } from "./dictionary.ts";
import type { Place } from "./lookup.ts";
import type { Attribute, Entries } from "./world.ts";

/** Entries of a connected system. */
export function placeOfEntries(
  strategies: Strategies,
  { id }: Attribute,
  { system, externalIds, ids }: Entries,
): Place {
  const dictionary = dictionaryOf(strategies, externalIds, ids);
  return { side: "entry", scope: system, attribute: id, dictionary };
}

const objectIdsStatement = statement(
  "read-object-ids",
  `select object_id::text as id, string_value as external_id
  from mv.object_value
  where attribute_id = $1::int4
  order by object_id`,
);

/** Users. */
export function* readPlaceOfUsers(strategies: Strategies, { id }: Attribute): Transaction<Place> {
  const isRead = strategies.match === "prefetched";
  const rows = isRead ? yield* query(objectIdsStatement, id) : [];
  const dictionary = dictionaryOf(
    strategies,
    rows.map((row) => String(row.external_id)),
    rows.map((row) => String(row.id)),
  );
  return { side: "object", scope: types.user, attribute: id, dictionary };
}
