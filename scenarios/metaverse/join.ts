/** Entries that are nobody's yet find their object by its external id, and claim it. */
import type { Random } from "../../src/core/random.ts";
import { statement } from "../../src/core/step.ts";
import { guarded, query, type Transaction } from "../../src/core/transaction.ts";
import type { Place } from "./lookup.ts";
import { type Matching, matchGuarded } from "./match.ts";
import type { Entries } from "./world.ts";

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

/** An entry that is to be joined. */
export interface Joining {
  readonly id: string;
  readonly externalId: string;
}

/** Most entries that look for their object at once. */
const joinsMax = 5;

/** Some of these, in the order of ids, which is theirs. */
export function drawJoinings(
  random: Random,
  { ids, externalIds }: Pick<Entries, "ids" | "externalIds">,
): readonly Joining[] {
  const places = random.distinctBelow(ids.length, Math.min(joinsMax, ids.length));
  places.sort((one, other) => one - other);
  return places.map((place) => ({ id: ids[place] ?? "", externalId: externalIds[place] ?? "" }));
}

/** `entries`: in the order of ids. Those that find none, or several, are left as they are. */
export function* joinPage(
  matching: Matching,
  objects: Place,
  entries: readonly Joining[],
): Transaction {
  const wanted = entries.map(({ externalId }) => externalId);
  const { matches } = yield* matchGuarded(matching, objects, wanted);
  for (const [index, { id }] of entries.entries()) {
    const [object, another] = matches[index]?.ids ?? [];
    if (object !== undefined && another === undefined) yield* claim(id, object);
  }
}
