/**
 * A model of all that a place holds, read once, when something is first not found in it. Whoever looks
 * meanwhile asks the server. A place that was empty then is not asked of at all: an import into a
 * new system matches nothing; whoever makes the first entry there has to tell.
 */
import { type Row, type Statement, statement } from "../../src/core/step.ts";
import type { Strategies } from "../../src/core/system.ts";
import { query, recall, remember, type Transaction } from "../../src/core/transaction.ts";
import { keptOf, markOf, marks, placesOf, storeKey, storeOf, textOf } from "./caches.ts";
import { byOwner } from "./hydrate.ts";
import type { Place } from "./lookup.ts";
import { type Side, sides } from "./sides.ts";

const pages: Readonly<Record<Side, Statement>> = {
  entry: pageOf("entry"),
  object: pageOf("object"),
};

function pageOf(side: Side): Statement {
  const { owner, values, key, scope } = sides[side];
  return statement(
    `warm-${side}`,
    `select page.id::text as owner, page.token, held.id::text as id,
      held.attribute_id::int4 as attribute, held.value
    from (
      select id, xmin::text as token from ${owner}
      where ${scope} = $1::int4 and id > $2::uuid
      order by id limit $3::int4
    ) as page
    left join ${values}_text as held on held.${key} = page.id
    order by page.id`,
  );
}

const pageSize = 1_000;
const beforeAll = "00000000-0000-0000-0000-000000000000";

/** Whether it has just been read; not if it was before, or another reads it. */
export function* warm(strategies: Strategies, place: Place): Transaction<boolean> {
  const mark = markOf(place);
  const places = placesOf(strategies, place.side);
  const known = yield* recall(places, [mark]);
  if (known.has(mark)) return false;
  yield* remember(places, [[mark, marks.read]]);
  let cursor = beforeAll;
  for (;;) {
    const rows = yield* query(pages[place.side], place.scope, cursor, pageSize);
    const last = rows.at(-1);
    if (last === undefined) break;
    yield* rememberAll(strategies, place, rows);
    cursor = String(last.owner);
  }
  if (cursor === beforeAll) yield* remember(places, [[mark, marks.empty]]);
  return true;
}

/** Where it hears only by notifications, the first entry may be there before they are. */
export function* isKnownEmpty(strategies: Strategies, place: Place): Transaction<boolean> {
  if (strategies.told === "by-notification") return false;
  const mark = markOf(place);
  const known = yield* recall(placesOf(strategies, place.side), [mark]);
  return known.get(mark) === marks.empty;
}

function* rememberAll(strategies: Strategies, place: Place, rows: readonly Row[]): Transaction {
  const kept = keptOf(strategies)[place.side];
  const entries = [...byOwner(rows.filter(({ id }) => id !== null))].flatMap(([id, held]) =>
    held.values
      .filter(({ attribute }) => attribute === place.attribute)
      .map(({ value }) => {
        const key = storeKey(strategies, place, value);
        return [key, textOf(kept, { id, ...held })] as const;
      }),
  );
  yield* remember(storeOf(strategies, place.side), entries);
}
