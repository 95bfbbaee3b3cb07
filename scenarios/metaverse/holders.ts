/** Entries and objects by the external ids that they have now, locked: for those who change what leads to them. */
import { refuse } from "../../src/core/failure.ts";
import { type Statement, statement } from "../../src/core/step.ts";
import { execute, query, type Transaction } from "../../src/core/transaction.ts";
import type { Entity } from "./caches.ts";
import { type Held, hydrate } from "./hydrate.ts";
import { lockRows } from "./lock-rows.ts";
import type { Place } from "./lookup.ts";
import { type Side, sides } from "./sides.ts";

const holders: Readonly<Record<Side, Statement>> = {
  entry: holdersOf("entry"),
  object: holdersOf("object"),
};

function holdersOf(side: Side): Statement {
  const { owner, values, key, scope } = sides[side];
  return statement(
    `read-${side}-holders`,
    `select value.string_value as external_id, owner.id::text as id
    from ${values} as value
    join ${owner} as owner on owner.id = value.${key}
    where owner.${scope} = $1::int4 and value.attribute_id = $2::int4
      and value.string_value = any($3::text[])
    order by owner.id`,
  );
}

/** So often they are looked for anew because others have put another in their place meanwhile. */
const readingsMax = 100;

/** Ids by external id, of all of these; somebody has each of them at every time, whoever it is. */
export function* lockHolders(
  { side, scope, attribute }: Place,
  externalIds: readonly string[],
): Transaction<ReadonlyMap<string, string>> {
  for (let reading = 1; reading <= readingsMax; reading++) {
    const before = yield* query(holders[side], scope, attribute, externalIds);
    const ids = before.map(({ id }) => String(id));
    yield* lockRows(side, ids);
    const rows = yield* query(holders[side], scope, attribute, externalIds);
    const found = new Map(rows.map((row) => [String(row.external_id), String(row.id)]));
    const areLocked = [...found.values()].every((id) => ids.includes(id));
    if (areLocked && externalIds.every((one) => found.has(one))) return found;
  }
  refuse("restless-ids", `${externalIds.join(", ")} changed hands ${readingsMax} times`);
}

/** As an import would stamp them: see importPage. */
const restampStatement = statement(
  "restamp-entries",
  `update mv.connected_object as entry
  set last_updated = now(), import_state_hash = md5(held.lines)::uuid
  from (
    select connected_object_id as id,
      string_agg(
        attribute_id || '=' || value, E'\\n' order by attribute_id, value collate "C"
      ) as lines
    from mv.connected_value_text
    where connected_object_id = any($1::uuid[])
    group by connected_object_id
  ) as held
  where entry.id = held.id`,
);

/** The entries as they are now, by id, once what was written to them is stamped. */
export function* restamped(ids: readonly string[]): Transaction<ReadonlyMap<string, Entity>> {
  yield* execute(restampStatement, ids);
  const held = yield* hydrate("entry", ids);
  return entitiesIn(held);
}

export function entitiesIn(held: ReadonlyMap<string, Held>): ReadonlyMap<string, Entity> {
  return new Map([...held].map(([id, one]) => [id, { id, ...one }]));
}
