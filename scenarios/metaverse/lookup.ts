/**
 * From external ids to entries or objects with their values: looking one up tells its id, and reading
 * it by its key is another matter, in each of the ways of the strategies `match` and `spelling`.
 */
import { type Row, statement, type Statement } from "../../src/core/step.ts";
import type { Strategies } from "../../src/core/system.ts";
import { query, type Transaction } from "../../src/core/transaction.ts";
import { type Dictionary, foundIn, keyOf } from "./dictionary.ts";

/** Entries of a connected system, or objects of a type. */
export type Side = "entry" | "object";

export interface Place {
  readonly side: Side;
  /** The connected system, or the type. */
  readonly scope: number;
  /** The attribute by which they are known. */
  readonly attribute: number;
  /** Read once before the run; without the strategy, it is empty. */
  readonly dictionary: Dictionary;
}

export interface HeldValue {
  readonly id: string;
  readonly attribute: number;
  readonly value: string;
}

export interface Match {
  readonly wanted: string;
  /** At most two: more than one is ambiguous, however many they are. */
  readonly ids: readonly string[];
}

export interface Matched {
  readonly matches: readonly Match[];
  /** By id. */
  readonly values: ReadonlyMap<string, readonly HeldValue[]>;
}

/** Finds and reads them. */
export function* match(
  strategies: Strategies,
  place: Place,
  wanted: readonly string[],
): Transaction<Matched> {
  if (strategies.match === "per-object") return yield* matchWithValues(strategies, place, wanted);
  const matches = yield* matchesOf(strategies, place, wanted);
  const ids = new Set(matches.flatMap((one) => one.ids));
  return { matches, values: yield* hydrate(place.side, [...ids]) };
}

function matchesOf(
  strategies: Strategies,
  place: Place,
  wanted: readonly string[],
): Transaction<readonly Match[]> {
  if (strategies.match === "page") return matchAtOnce(strategies, place, wanted);
  if (strategies.match === "prefetched") return matchInDictionary(strategies, place, wanted);
  return matchOneByOne(strategies, place, wanted);
}

interface Tables {
  readonly owner: string;
  readonly values: string;
  readonly key: string;
  readonly scope: string;
}

const tables: Readonly<Record<Side, Tables>> = {
  entry: {
    owner: "mv.connected_object",
    values: "mv.connected_value",
    key: "connected_object_id",
    scope: "connected_system_id",
  },
  object: { owner: "mv.object", values: "mv.object_value", key: "object_id", scope: "type_id" },
};

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
  const { owner, values, key, scope } = tables[side];
  const from = `from ${values} as value
    join ${owner} as owner on owner.id = value.${key}
    where owner.${scope} = $1::int4 and value.attribute_id = $2::int4`;
  const one = `select owner.id ${from} and ${compared.one} order by owner.id limit 2`;
  return {
    one: statement(`match-${side}`, `select found.id::text as id from (${one}) as found`),
    oneWithValues: statement(
      `match-${side}-with-values`,
      `select found.id::text as owner, held.id::text as id,
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

function* matchOneByOne(
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

function* matchWithValues(
  strategies: Strategies,
  { side, scope, attribute }: Place,
  all: readonly string[],
): Transaction<Matched> {
  const { oneWithValues } = statementsFor(side, strategies.spelling ?? "");
  const matches: Match[] = [];
  const values = new Map<string, HeldValue[]>();
  for (const wanted of all) {
    const rows = yield* query(oneWithValues, scope, attribute, given(strategies, wanted));
    const ofThese = byOwner(rows);
    matches.push({ wanted, ids: [...ofThese.keys()] });
    for (const [id, held] of ofThese) values.set(id, held);
  }
  return { matches, values };
}

/** What a pattern has found beside is told by its value, and dropped. */
function* matchAtOnce(
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

function* matchInDictionary(
  strategies: Strategies,
  { dictionary }: Place,
  all: readonly string[],
): Transaction<readonly Match[]> {
  return all.map((wanted) => {
    const id = foundIn(dictionary, keyOf(strategies, wanted));
    return { wanted, ids: id === null ? [] : [id] };
  });
}

const hydrations: Readonly<Record<Side, Statement>> = {
  entry: hydrationOf("entry"),
  object: hydrationOf("object"),
};

/** The owners by their keys, and their values. */
function hydrationOf(side: Side): Statement {
  const { owner, values, key } = tables[side];
  return statement(
    `hydrate-${side}`,
    `select owner.id::text as owner, held.id::text as id,
      held.attribute_id::int4 as attribute, held.value
    from ${owner} as owner
    join ${values}_text as held on held.${key} = owner.id
    where owner.id = any($1::uuid[])`,
  );
}

/** As the original does it. */
const hydratedAtOnce = 1_000;

/** Their values, by id; those that are not there are missing. */
export function* hydrate(
  side: Side,
  ids: readonly string[],
): Transaction<ReadonlyMap<string, readonly HeldValue[]>> {
  const rows: Row[] = [];
  for (let from = 0; from < ids.length; from += hydratedAtOnce) {
    rows.push(...(yield* query(hydrations[side], ids.slice(from, from + hydratedAtOnce))));
  }
  return byOwner(rows);
}

function byOwner(rows: readonly Row[]): Map<string, HeldValue[]> {
  const held = new Map<string, HeldValue[]>();
  for (const row of rows) {
    const owner = String(row.owner);
    const one = { id: String(row.id), attribute: Number(row.attribute), value: String(row.value) };
    const others = held.get(owner);
    if (others === undefined) held.set(owner, [one]);
    else others.push(one);
  }
  return held;
}
