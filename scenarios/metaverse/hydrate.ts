/** Entries or objects by their keys, with all that they hold. */
import { type Row, statement, type Statement } from "../../src/core/step.ts";
import { query, type Transaction } from "../../src/core/transaction.ts";
import { type Side, sides } from "./sides.ts";

export interface HeldValue {
  readonly id: string;
  readonly attribute: number;
  readonly value: string;
}

export interface Held {
  /** Of the row's version (xmin): another one, once somebody has written to it. */
  readonly token: string;
  readonly values: readonly HeldValue[];
}

const hydrations: Readonly<Record<Side, Statement>> = {
  entry: hydrationOf("entry"),
  object: hydrationOf("object"),
};

/** The owners by their keys, and their values. */
function hydrationOf(side: Side): Statement {
  const { owner, values, key } = sides[side];
  return statement(
    `hydrate-${side}`,
    `select owner.id::text as owner, owner.xmin::text as token, held.id::text as id,
      held.attribute_id::int4 as attribute, held.value
    from ${owner} as owner
    join ${values}_text as held on held.${key} = owner.id
    where owner.id = any($1::uuid[])`,
  );
}

/** As the original does it. */
const hydratedAtOnce = 1_000;

/** By id; those that are not there are missing. */
export function* hydrate(
  side: Side,
  ids: readonly string[],
): Transaction<ReadonlyMap<string, Held>> {
  const rows: Row[] = [];
  for (let from = 0; from < ids.length; from += hydratedAtOnce) {
    rows.push(...(yield* query(hydrations[side], ids.slice(from, from + hydratedAtOnce))));
  }
  return byOwner(rows);
}

/** In the order in which owners come first. */
export function byOwner(rows: readonly Row[]): ReadonlyMap<string, Held> {
  const held = new Map<string, Held & { readonly values: HeldValue[] }>();
  for (const row of rows) {
    const owner = String(row.owner);
    const one = { id: String(row.id), attribute: Number(row.attribute), value: String(row.value) };
    const before = held.get(owner);
    if (before === undefined) held.set(owner, { token: String(row.token), values: [one] });
    else before.values.push(one);
  }
  return held;
}
