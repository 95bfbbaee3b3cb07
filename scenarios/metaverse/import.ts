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
import { forgetGone } from "./cached-match.ts";
import type { Lead } from "./caches.ts";
import type { HeldValue } from "./hydrate.ts";
import type { Place } from "./lookup.ts";
import { type Matching, matchGuarded } from "./match.ts";
import { connectedValueTable, typedCells } from "./tables.ts";
import type { Attribute } from "./world.ts";

/** One value of an entry, as its system has it now. */
export interface Import {
  readonly externalId: string;
  readonly attribute: Attribute;
  readonly text: string;
  readonly newId: string;
}

export function drawImport(
  random: Random,
  externalId: string,
  attributes: readonly Attribute[],
): Import {
  const attribute = random.pick(attributes);
  const text = drawValue(random, attribute);
  return { externalId, attribute, text, newId: drawUuid(random) };
}

const touchStatement = statement(
  "touch-entries",
  `update mv.connected_object set last_updated = now() where id = any($1::uuid[])
  returning id::text as id, xmin::text as token`,
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
  readonly externalId: string;
  readonly id: string;
  readonly deleted: readonly string[];
  readonly inserted: readonly Scalar[];
  readonly values: readonly HeldValue[];
  /** What the hash is of. */
  readonly lines: string;
}

/** So often an entry is looked up anew because it was gone when it was to be written. */
const readingsMax = 10;

/**
 * Within a transaction. Each external id at most once; those that are not found, or again and again
 * lead to what is gone, are passed over. Returns where the others lead: what the entries are now.
 */
export function* importPage(
  matching: Matching,
  place: Place,
  page: readonly Import[],
): Transaction<readonly Lead[]> {
  const leads: Lead[] = [];
  let open = page;
  for (let reading = 1; reading <= readingsMax && open.length > 0; reading++) {
    const { imported, gone } = yield* importOnce(matching, place, open);
    leads.push(...imported);
    open = open.filter(({ externalId }) => gone.includes(externalId));
  }
  return leads;
}

interface Round {
  readonly imported: readonly Lead[];
  /** External ids that led to what is not there. */
  readonly gone: readonly string[];
}

function* importOnce(
  matching: Matching,
  place: Place,
  page: readonly Import[],
): Transaction<Round> {
  const wanted = page.map(({ externalId }) => externalId);
  const { matches, held, remembered } = yield* matchGuarded(matching, place, wanted);
  const found = page.flatMap((one, index) => {
    const [id] = matches[index]?.ids ?? [];
    return id === undefined ? [] : [{ one, id, there: held.get(id) }];
  });
  // Another may have taken its place since it was found, or since it was read.
  const read = found.flatMap(({ one, id, there }) =>
    there === undefined ? [] : [importedEntry(one, id, there.values)],
  );
  const tokens = read.length === 0 ? new Map<string, string>() : yield* touch(read);
  const there = read.filter(({ id }) => tokens.has(id));
  const gone = found.filter(({ id }) => !tokens.has(id)).map(({ one }) => one.externalId);
  yield* forgetGone(matching.strategies, place, { gone, remembered });
  if (there.length > 0) yield* writeValues(matching.strategies, there);
  const imported = there.map(({ externalId, id, values }) => {
    const now = { id, token: tokens.get(id) ?? "", values };
    return { place, externalId, now, hasMoved: false };
  });
  return { imported, gone };
}

/** Tokens by id; an entry that was only remembered may be gone. */
function* touch(imported: readonly Imported[]): Transaction<ReadonlyMap<string, string>> {
  const ids = imported.map(({ id }) => id);
  const rows = yield* query(touchStatement, ids);
  return new Map(rows.map(({ id, token }) => [String(id), String(token)]));
}

/** The hash comes last: it says that all that it is of is there. */
function* writeValues(strategies: Strategies, imported: readonly Imported[]): Transaction {
  const deleted = imported.flatMap((one) => one.deleted);
  yield* execute(deleteStatement, deleted);
  const rows = imported.map(({ inserted }) => inserted);
  yield* insertRows(strategies, connectedValueTable, rows);
  yield* execute(
    stampStatement,
    imported.map(({ id }) => id),
    imported.map(({ lines }) => lines),
  );
}

function importedEntry(
  { externalId, attribute, text, newId }: Import,
  id: string,
  held: readonly HeldValue[],
): Imported {
  const others = held.filter((one) => one.attribute !== attribute.id);
  const values = [...others, { id: newId, attribute: attribute.id, value: text }].sort(
    (one, other) => one.attribute - other.attribute,
  );
  return {
    externalId,
    id,
    deleted: held.filter((one) => one.attribute === attribute.id).map((one) => one.id),
    inserted: [newId, id, attribute.id, ...typedCells(attribute.kind, text), null],
    values,
    lines: values.map((one) => `${one.attribute}=${one.value}`).join("\n"),
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
