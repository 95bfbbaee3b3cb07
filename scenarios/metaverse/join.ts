/** Entries that are nobody's yet find their object by its external id, and claim it. */
import { statement } from "../../src/core/step.ts";
import type { Strategies } from "../../src/core/system.ts";
import { guarded, query, type Transaction } from "../../src/core/transaction.ts";
import type { Place } from "./lookup.ts";
import { match } from "./match.ts";

const claimStatement = statement(
  "claim-join",
  `update mv.connected_object
  set object_id = $2::uuid, join_type = 3, date_joined = now(), last_updated = now()
  where id = $1::uuid and object_id is null
  returning true as won`,
);

/** The entry is joined already, or its object has another entry of the system (23505). */
function claim(entry: string, object: string): Transaction<boolean> {
  return guarded(
    ["23505"],
    function* () {
      const rows = yield* query(claimStatement, entry, object);
      return rows.length > 0;
    },

    function* () {
      return false;
    },
  );
}

/** `entries`: id and external id, in the order of ids. None and several are left as they are. */
export function* joinPage(
  strategies: Strategies,
  objects: Place,
  entries: readonly { readonly id: string; readonly externalId: string }[],
): Transaction {
  const wanted = entries.map(({ externalId }) => externalId);
  const { matches } = yield* match({ strategies, provesHits: false }, objects, wanted);
  for (const [index, { id }] of entries.entries()) {
    const [object, another] = matches[index]?.ids ?? [];
    if (object !== undefined && another === undefined) yield* claim(id, object);
  }
}
