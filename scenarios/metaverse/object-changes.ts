/**
 * Two objects exchange their external ids. Their entries, which keep theirs, are nobody's then, and have to
 * find their object again: by who remembers the old one, they are joined to the wrong one.
 */
import { statement } from "../../src/core/step.ts";
import { execute, type Transaction } from "../../src/core/transaction.ts";
import type { Lead } from "./caches.ts";
import { exchangeValues, leadsFrom } from "./exchange.ts";
import { entitiesIn } from "./holders.ts";
import { hydrate } from "./hydrate.ts";
import type { Joining } from "./join.ts";
import { lockRows } from "./lock-rows.ts";
import type { Place } from "./lookup.ts";

/** Another version of the row, as any write of its values makes one. */
const touchStatement = statement(
  "touch-objects",
  "update mv.object set status = status where id = any($1::uuid[])",
);

const unjoinStatement = statement(
  "unjoin-entries",
  `update mv.connected_object
  set object_id = null, join_type = 0, date_joined = null, last_updated = now()
  where id = any($1::uuid[]) and object_id is not null`,
);

/** `pair`: the entries, each with the external id of one of the objects. Returns what leads where then. */
export function* exchangeObjects(
  objects: Place,
  pair: readonly [Joining, Joining],
): Transaction<readonly Lead[]> {
  const [one, other] = pair;
  const ids = yield* exchangeValues(objects, [one.externalId, other.externalId]);
  yield* execute(touchStatement, ids);
  const entries = [one.id, other.id];
  yield* lockRows("entry", entries);
  yield* execute(unjoinStatement, entries);
  return leadsFrom(objects, entitiesIn(yield* hydrate("object", ids)));
}
