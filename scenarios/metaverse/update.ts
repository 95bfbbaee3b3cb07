/**
 * The flush of a page of updated objects, in one transaction: they are read with what is to change,
 * compared, and what differs is written. Nothing in the schema keeps two who read one object at the
 * same time from both adding what they found missing.
 */
import { refuse } from "../../src/core/failure.ts";
import { type Scalar, statement } from "../../src/core/step.ts";
import type { Strategies } from "../../src/core/system.ts";
import { execute, query, type Transaction } from "../../src/core/transaction.ts";
import type { Change, ObjectChanges } from "./changes.ts";
import { valueRow } from "./create.ts";
import { insertRows } from "./insert.ts";
import { lockRows } from "./lock-rows.ts";
import { objectValueTable, typedCells } from "./tables.ts";
import { type UpdatedObject, updateObjects, updateValues } from "./write-changes.ts";
import type { Attributes } from "./world.ts";

/** With the guard, and in one order for everybody, so that two pages cannot deadlock. */
function* guardObjects({ guard }: Strategies, ids: readonly string[]): Transaction {
  if (guard === "lock") yield* lockRows("object", ids);
}

const objectsStatement = statement(
  "load-objects",
  `select
    id::text as id,
    xmin::text as token,
    to_char(now() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as now
  from mv.object
  where id = any($1::uuid[])
  order by id`,
);

const valuesStatement = statement(
  "load-values",
  `select id::text as id, object_id::text as object, attribute_id::int4 as attribute, value
  from mv.object_value_text
  where object_id = any($1::uuid[]) and attribute_id = any($2::int4[])
  order by id`,
);

/** What is written of a page, kind by kind. */
interface Difference {
  readonly objects: readonly UpdatedObject[];
  readonly deleted: readonly string[];
  /** Rows of changed values: the id, and every typed column. */
  readonly updated: readonly (readonly Scalar[])[];
  /** Rows of object values. */
  readonly inserted: readonly (readonly Scalar[])[];
}

export interface UpdateSetting {
  readonly strategies: Strategies;
  readonly attributes: Attributes;
}

/** So often an object is read anew because another has updated it meanwhile. */
const readingsMax = 100;

/** Within a transaction. `page` is in the order of ids. */
export function* updatePage(setting: UpdateSetting, page: readonly ObjectChanges[]): Transaction {
  const { strategies } = setting;
  yield* guardObjects(
    strategies,
    page.map(({ object }) => object),
  );
  for (let reading = 1; reading <= readingsMax; reading++) {
    const difference = yield* differenceOf(setting, page);
    if (yield* updateObjects(strategies, difference.objects)) {
      yield* writeValues(strategies, difference);
      return;
    }
  }
  refuse("stale-token", `an object was updated by others ${readingsMax} times after it was read`);
}

const deleteStatement = statement(
  "delete-values",
  "delete from mv.object_value where id = any($1::uuid[])",
);

/** What goes comes first: a unique index sees row by row. */
function* writeValues(
  strategies: Strategies,
  { deleted, updated, inserted }: Difference,
): Transaction {
  if (deleted.length > 0) yield* execute(deleteStatement, deleted);
  yield* updateValues(strategies, updated);
  yield* insertRows(strategies, objectValueTable, inserted);
}

/** Reads the page, and says what is to be written so that it becomes as it is to be. */
function* differenceOf(
  { strategies, attributes }: UpdateSetting,
  page: readonly ObjectChanges[],
): Transaction<Difference> {
  const ids = page.map(({ object }) => object);
  const loaded = yield* query(objectsStatement, ids);
  const there = new Map(loaded.map((row) => [String(row.id), row]));
  const wanted = page.filter(({ object }) => there.has(object));
  const complete = wanted.map((one) => {
    const now = String(there.get(one.object)?.now);
    const modified = { attribute: attributes.modified, text: now, newId: one.modifiedId };
    return { ...one, changes: [...one.changes, modified] };
  });
  const known = yield* valuesOf(complete);
  const objects = complete.map(({ object, displayName }) => {
    const row = there.get(object);
    return { id: object, token: String(row?.token), now: String(row?.now), displayName };
  });
  const isInPlace = strategies.update !== "delete-insert";
  const parts = complete.flatMap(({ object, changes }) =>
    changes.map((change) =>
      partOf(change, { object, isInPlace, present: known.get(keyOf(object, change)) ?? [] }),
    ),
  );
  return {
    objects,
    deleted: parts.flatMap(({ deleted }) => deleted),
    updated: parts.flatMap(({ updated }) => updated),
    inserted: parts.flatMap(({ inserted }) => inserted),
  };
}

interface Present {
  readonly id: string;
  readonly value: string;
}

/** By object and attribute. */
function* valuesOf(
  page: readonly ObjectChanges[],
): Transaction<ReadonlyMap<string, readonly Present[]>> {
  const ids = page.map(({ object }) => object);
  const attributes = page.flatMap(({ changes }) => changes.map(({ attribute }) => attribute.id));
  const distinct = [...new Set(attributes)];
  const known = new Map<string, Present[]>();
  for (const row of yield* query(valuesStatement, ids, distinct)) {
    const key = `${String(row.object)}/${String(row.attribute)}`;
    const value = { id: String(row.id), value: String(row.value) };
    const others = known.get(key);
    if (others === undefined) known.set(key, [value]);
    else others.push(value);
  }
  return known;
}

function keyOf(object: string, { attribute }: Change): string {
  return `${object}/${attribute.id}`;
}

const nothing = { deleted: [], updated: [], inserted: [] } as const;

/** What one change comes to, beside what is there. */
function partOf(
  { attribute, text, newId }: Change,
  {
    object,
    present,
    isInPlace,
  }: {
    readonly object: string;
    readonly present: readonly Present[];
    readonly isInPlace: boolean;
  },
): Omit<Difference, "objects"> {
  const [first] = present;
  const ids = present.map(({ id }) => id);
  if (text === null) return { ...nothing, deleted: ids };
  const row = valueRow(newId, object, { attribute, text });
  if (first === undefined) return { ...nothing, inserted: [row] };
  if (!isInPlace) return { ...nothing, deleted: ids, inserted: [row] };
  return { ...nothing, updated: [[first.id, ...typedCells(attribute.kind, text)]] };
}
