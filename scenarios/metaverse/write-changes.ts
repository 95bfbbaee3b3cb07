/** Objects and values that change in place, in each of the ways of the strategy `update`. */
import type { Strategies } from "../../src/core/system.ts";
import { type Scalar, statement, type Statement } from "../../src/core/step.ts";
import { execute, query, type Transaction } from "../../src/core/transaction.ts";
import { chunksOf, copyRows, perCount, valuesList } from "./insert.ts";
import { changedObjectTable, changedValueTable, type Table, typedColumnNames } from "./tables.ts";

type Rows = readonly (readonly Scalar[])[];

export interface UpdatedObject {
  readonly id: string;
  /** Of the row as it was read: its xmin. */
  readonly token: string;
  /** The transaction's time, by the server. */
  readonly now: string;
  /** Null: it stays. */
  readonly displayName: string | null;
}

const objectSets =
  "last_updated = given.last_updated, cached_display_name = coalesce(given.cached_display_name, object.cached_display_name)";
const valueSets = typedColumnNames.map((name) => `${name} = given.${name}`).join(", ");

const objectsFromValues = fromValues(changedObjectTable, "object", objectSets);
const valuesFromValues = fromValues(changedValueTable, "object_value", valueSets);

/** `table`: of the schema mv. */
function fromValues(given: Table, table: string, sets: string): (rows: number) => Statement {
  return perCount((rows) =>
    statement(
      `update-${given.noun}`,
      `update mv.${table} as ${table} set ${sets}
      from (values ${valuesList(given, rows)}) as given (${given.columns.join(", ")})
      where ${table}.id = given.id`,
    ),
  );
}

/** Only if it is as it was read: one who read it before another wrote it touches nothing. */
const guardedObject = statement(
  "update-object",
  `update mv.object set
    last_updated = $2::timestamptz,
    cached_display_name = coalesce($3::text, cached_display_name)
  where id = $1::uuid and xmin::text = $4
  returning true as updated`,
);

/** False if one of them is no longer as it was read: the page is to be read again. */
export function* updateObjects(
  { update }: Strategies,
  objects: readonly UpdatedObject[],
): Transaction<boolean> {
  if (update === "per-row") {
    for (const { id, token, now, displayName } of objects) {
      const rows = yield* query(guardedObject, id, now, displayName, token);
      if (rows.length === 0) return false;
    }
    return true;
  }
  const rows = objects.map(({ id, now, displayName }) => [id, now, displayName]);
  if (update === "staged") yield* stage(changedObjectTable, rows, objectsFromStage);
  else yield* updateFromValues(changedObjectTable, rows, objectsFromValues);
  return true;
}

const singleValue = statement(
  "update-value",
  `update mv.object_value set ${typedColumnNames
    .map((name, index) => `${name} = $${index + 2}::${changedValueTable.types[index + 1] ?? ""}`)
    .join(", ")}
  where id = $1::uuid`,
);

export function* updateValues({ update = "" }: Strategies, rows: Rows): Transaction {
  if (rows.length === 0) return;
  switch (update) {
    case "per-row":
      for (const row of rows) yield* execute(singleValue, ...row);
      return;
    case "staged":
      yield* stage(changedValueTable, rows, valuesFromStage);
      return;
    default:
      yield* updateFromValues(changedValueTable, rows, valuesFromValues);
  }
}

function* updateFromValues(
  table: Table,
  rows: Rows,
  statementOf: (rows: number) => Statement,
): Transaction {
  for (const chunk of chunksOf(table, rows)) {
    yield* execute(statementOf(chunk.length), ...chunk.flat());
  }
}

interface Staged {
  readonly create: Statement;
  readonly update: Statement;
}

const objectsFromStage = staged(changedObjectTable, "object", objectSets);
const valuesFromStage = staged(changedValueTable, "object_value", valueSets);

/** Once a connection; emptied at each COMMIT, and not dropped, which would be work for the catalog. */
function staged(given: Table, table: string, sets: string): Staged {
  const columns = given.columns.map((name, index) => `${name} ${given.types[index] ?? ""}`);
  return {
    create: statement(
      `stage-${given.noun}`,
      `create temporary table if not exists ${given.name} (${columns.join(", ")}) on commit delete rows`,
    ),
    update: statement(
      `update-${given.noun}`,
      `update mv.${table} as ${table} set ${sets}
      from pg_temp.${given.name} as given
      where ${table}.id = given.id`,
    ),
  };
}

function* stage(table: Table, rows: Rows, { create, update }: Staged): Transaction {
  yield* execute(create);
  yield* copyRows(table, rows, "binary");
  yield* execute(update);
}
