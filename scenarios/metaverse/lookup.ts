/**
 * From external ids to the ids of entries or objects, asked of the server in each of the ways of the
 * strategies `match` and `spelling`. Reading what was found by its key is another matter (hydrate.ts).
 */
import { statement, type Statement } from "../../src/core/step.ts";
import type { Strategies } from "../../src/core/system.ts";
import { query, type Transaction } from "../../src/core/transaction.ts";
import { type Dictionary, foundIn, keyOf } from "./dictionary.ts";
import { byOwner, type Held } from "./hydrate.ts";
import { type Side, sides } from "./sides.ts";

export interface Place {
  readonly side: Side;
  /** The connected system, or the type. */
  readonly scope: number;
  /** The attribute by which they are known. */
  readonly attribute: number;
  /** Read once before the run; without the strategy, it is empty. */
  readonly dictionary: Dictionary;
}

export interface Match {
  readonly wanted: string;
  /** At most two: more than one is ambiguous, however many they are. */
  readonly ids: readonly string[];
}

export interface Matched {
  readonly matches: readonly Match[];
  /** By id; of ids that are not there any more there is nothing. */
  readonly held: ReadonlyMap<string, Held>;
  /** What was wanted and found in what sessions remember, and not at the server. */
  readonly remembered: ReadonlySet<string>;
}

export const nothingRemembered: ReadonlySet<string> = new Set();

/** Their ids alone. */
export function findIds(
  strategies: Strategies,
  place: Place,
  wanted: readonly string[],
): Transaction<readonly Match[]> {
  if (strategies.match === "page") return findAtOnce(strategies, place, wanted);
  if (strategies.match === "prefetched") return findInDictionary(strategies, place, wanted);
  return findOneByOne(strategies, place, wanted);
}

/**
 * By the strategy's name. The first takes what is in the given value for a pattern, as the original
 * does: `_` and `%` in it match what they should not.
 */
const comparisons: Readonly<Record<string, { readonly one: string; readonly any: string }>> = {
  ilike: {
    one: "value.string_value ilike $3::text",
    any: "value.string_value ilike any($3::text[])",
  },
  equal: { one: "value.string_value = $3::text", any: "value.string_value = any($3::text[])" },
  lower: {
    one: "lower(value.string_value) = $3::text",
    any: "lower(value.string_value) = any($3::text[])",
  },
};

interface Statements {
  readonly one: Statement;
  readonly oneWithValues: Statement;
  readonly any: Statement;
}

const made = new Map<string, Statements>();

function statementsFor(side: Side, spelling: string): Statements {
  const name = `${side} ${spelling}`;
  const known = made.get(name);
  if (known !== undefined) return known;
  const fresh = statementsOf(side, comparisons[spelling] ?? { one: "", any: "" });
  made.set(name, fresh);
  return fresh;
}

function statementsOf(
  side: Side,
  compared: { readonly one: string; readonly any: string },
): Statements {
  const { owner, values, key, scope } = sides[side];
  const from = `from ${values} as value
    join ${owner} as owner on owner.id = value.${key}
    where owner.${scope} = $1::int4 and value.attribute_id = $2::int4`;
  const one = `select owner.id, owner.xmin::text as token ${from} and ${compared.one} order by owner.id limit 2`;
  return {
    one: statement(`match-${side}`, `select found.id::text as id from (${one}) as found`),
    oneWithValues: statement(
      `match-${side}-with-values`,
      `select found.id::text as owner, found.token, held.id::text as id,
        held.attribute_id::int4 as attribute, held.value
      from (${one}) as found
      join ${values}_text as held on held.${key} = found.id
      order by found.id`,
    ),
    any: statement(
      `match-${side}-page`,
      `select owner.id::text as id, value.string_value as wanted ${from} and ${compared.any}
      order by owner.id`,
    ),
  };
}

/** As the statement wants it. */
function given({ spelling }: Strategies, wanted: string): string {
  return spelling === "lower" ? wanted.toLowerCase() : wanted;
}

function* findOneByOne(
  strategies: Strategies,
  { side, scope, attribute }: Place,
  all: readonly string[],
): Transaction<readonly Match[]> {
  const { one } = statementsFor(side, strategies.spelling ?? "");
  const matches: Match[] = [];
  for (const wanted of all) {
    const rows = yield* query(one, scope, attribute, given(strategies, wanted));
    matches.push({ wanted, ids: rows.map((row) => String(row.id)) });
  }
  return matches;
}

/** Ids and values, a query for each. */
export function* findWithValues(
  strategies: Strategies,
  { side, scope, attribute }: Place,
  all: readonly string[],
): Transaction<Matched> {
  const { oneWithValues } = statementsFor(side, strategies.spelling ?? "");
  const matches: Match[] = [];
  const held = new Map<string, Held>();
  for (const wanted of all) {
    const rows = yield* query(oneWithValues, scope, attribute, given(strategies, wanted));
    const ofThese = byOwner(rows);
    matches.push({ wanted, ids: [...ofThese.keys()] });
    for (const [id, one] of ofThese) held.set(id, one);
  }
  return { matches, held, remembered: nothingRemembered };
}

/** What a pattern has found beside is told by its value, and dropped. */
export function* findAtOnce(
  strategies: Strategies,
  { side, scope, attribute }: Place,
  all: readonly string[],
): Transaction<readonly Match[]> {
  const { any } = statementsFor(side, strategies.spelling ?? "");
  const values = all.map((wanted) => given(strategies, wanted));
  const found = new Map<string, string[]>();
  for (const row of yield* query(any, scope, attribute, values)) {
    const key = keyOf(strategies, String(row.wanted));
    found.set(key, [...(found.get(key) ?? []), String(row.id)]);
  }
  return all.map((wanted) => ({
    wanted,
    ids: (found.get(keyOf(strategies, wanted)) ?? []).slice(0, 2),
  }));
}

function* findInDictionary(
  strategies: Strategies,
  { dictionary }: Place,
  all: readonly string[],
): Transaction<readonly Match[]> {
  return all.map((wanted) => {
    const id = foundIn(dictionary, keyOf(strategies, wanted));
    return { wanted, ids: id === null ? [] : [id] };
  });
}
