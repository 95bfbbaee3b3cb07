/** Two owners exchange their external ids: a later one with the old id of another is another one. */
import { type Statement, statement } from "../../src/core/step.ts";
import { execute, type Transaction } from "../../src/core/transaction.ts";
import type { Entity, Lead } from "./caches.ts";
import { lockHolders } from "./holders.ts";
import type { Place } from "./lookup.ts";
import { type Side, sides } from "./sides.ts";

const exchanges: Readonly<Record<Side, Statement>> = {
  entry: exchangeOf("entry"),
  object: exchangeOf("object"),
};

function exchangeOf(side: Side): Statement {
  const { values, key } = sides[side];
  return statement(
    `exchange-${side}-ids`,
    `update ${values}
    set string_value = case string_value when $3::text then $4::text else $3::text end
    where ${key} = any($1::uuid[]) and attribute_id = $2::int4
      and string_value in ($3::text, $4::text)`,
  );
}

/** Locks both, and returns their ids. */
export function* exchangeValues(
  place: Place,
  pair: readonly [string, string],
): Transaction<readonly string[]> {
  const ids = [...(yield* lockHolders(place, pair)).values()];
  yield* execute(exchanges[place.side], ids, place.attribute, ...pair);
  return ids;
}

/** Where their external ids lead, as these say themselves. */
export function leadsFrom(place: Place, now: ReadonlyMap<string, Entity>): readonly Lead[] {
  return [...now.values()].flatMap((entity) =>
    entity.values
      .filter(({ attribute }) => attribute === place.attribute)
      .map(({ value }) => ({ place, externalId: value, now: entity, hasMoved: true })),
  );
}
