/**
 * What an import writes of a page of entries: changed values, and last the hash of all of them, by which
 * the next import sees what it can pass over. A hash that is of other values is a lie for good.
 */
import type { Random } from "../../src/core/random.ts";
import { type Row, type Scalar, statement } from "../../src/core/step.ts";
import type { Strategies } from "../../src/core/system.ts";
import { execute, query, type Transaction } from "../../src/core/transaction.ts";
import { drawUuid, drawValue } from "./drawn.ts";
import { insertRows } from "./insert.ts";
import { type HeldValue, match, type Place } from "./lookup.ts";
import { connectedValueTable, typedCells } from "./tables.ts";
import type { Attribute } from "./world.ts";

/** One value of an entry, as its system has it now. */
export interface Import {
  readonly entry: string;
  readonly externalId: string;
  readonly attribute: Attribute;
  readonly text: string;
  readonly newId: string;
}

export function drawImport(
  random: Random,
  entry: { readonly id: string; readonly externalId: string },
  attributes: readonly Attribute[],
): Import {
  const attribute = random.pick(attributes);
  const text = drawValue(random, attribute);
  const { id, externalId } = entry;
  return { entry: id, externalId, attribute, text, newId: drawUuid(random) };
}

const lockStatement = statement(
  "lock-entries",
  `select true as locked from mv.connected_object
  where id = any($1::uuid[])
  order by id
  for no key update`,
);

const touchStatement = statement(
  "touch-entries",
  "update mv.connected_object set last_updated = now() where id = any($1::uuid[])",
);

const deleteStatement = statement(
  "delete-entry-values",
  "delete from mv.connected_value where id = any($1::uuid[])",
);

const stampStatement = statement(
  "stamp-hashes",
  `update mv.connected_object as entry
  set import_state_hash = md5(given.lines)::uuid
  from unnest($1::uuid[], $2::text[]) as given (id, lines)
  where entry.id = given.id`,
);

/** What one entry becomes. */
interface Imported {
  readonly id: string;
  readonly deleted: readonly string[];
  readonly inserted: readonly Scalar[];
  /** What the hash is of. */
  readonly lines: string;
}

/** Within a transaction. `page` is in the order of entries; those that are not found are passed over. */
export function* importPage(
  strategies: Strategies,
  place: Place,
  page: readonly Import[],
): Transaction {
  if (strategies.guard === "lock") {
    const ids = page.map(({ entry }) => entry);
    yield* query(lockStatement, ids);
  }
  const wanted = page.map(({ externalId }) => externalId);
  const { matches, values } = yield* match(strategies, place, wanted);
  const imported = page.flatMap((one, index): readonly Imported[] => {
    const [id] = matches[index]?.ids ?? [];
    const held = id === undefined ? undefined : values.get(id);
    return id === undefined || held === undefined ? [] : [importedEntry(one, id, held)];
  });
  if (imported.length === 0) return;
  const ids = imported.map(({ id }) => id);
  yield* execute(touchStatement, ids);
  yield* execute(
    deleteStatement,
    imported.flatMap(({ deleted }) => deleted),
  );
  const rows = imported.map(({ inserted }) => inserted);
  yield* insertRows(strategies, connectedValueTable, rows);
  yield* execute(
    stampStatement,
    ids,
    imported.map(({ lines }) => lines),
  );
}

function importedEntry(
  { attribute, text, newId }: Import,
  id: string,
  held: readonly HeldValue[],
): Imported {
  const others = held.filter((one) => one.attribute !== attribute.id);
  const after = [...others, { attribute: attribute.id, value: text }];
  const sorted = after.sort((one, other) => one.attribute - other.attribute);
  return {
    id,
    deleted: held.filter((one) => one.attribute === attribute.id).map((one) => one.id),
    inserted: [newId, id, attribute.id, ...typedCells(attribute.kind, text), null],
    lines: sorted.map((one) => `${one.attribute}=${one.value}`).join("\n"),
  };
}

const importableStatement = statement(
  "read-importable",
  `select distinct attribute_id::int4 as id from mv.connected_value
  where connected_object_id = $1::uuid order by 1`,
);

/** Of the given attributes those that an entry of the system has. */
export function* readImportable(
  entry: string,
  attributes: readonly Attribute[],
): Transaction<readonly Attribute[]> {
  const rows: readonly Row[] = yield* query(importableStatement, entry);
  const ids = rows.map((row) => Number(row.id));
  return attributes.filter(({ id, kind }) => ids.includes(id) && kind === "text");
}
