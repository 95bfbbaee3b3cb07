/** New rows, in each of the ways of the strategy `create`. */
import type { Strategies } from "../../src/core/system.ts";
import { type Scalar, statement, type Statement } from "../../src/core/step.ts";
import { copy, execute, type Transaction } from "../../src/core/transaction.ts";
import type { Table } from "./tables.ts";

export type Rows = readonly (readonly Scalar[])[];

export function* insertRows({ create = "" }: Strategies, table: Table, rows: Rows): Transaction {
  if (rows.length === 0) return;
  switch (create) {
    case "insert":
      for (const row of rows) yield* execute(insertOf(table, 1), ...row);
      return;
    case "unnest":
      yield* execute(unnestOf(table), ...columnsOf(table, rows));
      return;
    case "copy-text":
      yield* copyRows(table, rows, "text");
      return;
    // Which of a page's rows go over which connection is for others to say.
    case "copy-binary":
    case "copy-binary-parallel":
    case "copy-binary-one-phase":
      yield* copyRows(table, rows, "binary");
      return;
    default:
      for (const chunk of chunksOf(table, rows)) {
        yield* execute(insertOf(table, chunk.length), ...chunk.flat());
      }
  }
}

/** Also into a temporary table. */
export function* copyRows(table: Table, rows: Rows, format: "binary" | "text"): Transaction {
  yield* copy(copyOf(table, format), rows, format === "text" ? "text" : table.types);
}

/** As the original has it; PostgreSQL takes up to 65 535. */
const parametersMax = 60_000;

/** Of a statement's rows all but the first bits are rounded off, and the rest follows in another. */
const significant = 16;

/**
 * Rows for one statement each. Every number of rows is a statement of its own, prepared once a
 * connection: these are at most eight for each power of two.
 */
export function* chunksOf(table: Table, rows: Rows): Generator<Rows> {
  const rowsMax = Math.floor(parametersMax / table.columns.length);
  let from = 0;
  while (from < rows.length) {
    const count = roundedDown(Math.min(rowsMax, rows.length - from));
    yield rows.slice(from, from + count);
    from += count;
  }
}

function roundedDown(count: number): number {
  let unit = 1;
  while (count >= significant * unit) unit *= 2;
  return count - (count % unit);
}

/** Made once for each number of rows. */
export function perCount(make: (rows: number) => Statement): (rows: number) => Statement {
  const made = new Map<number, Statement>();
  return (rows) => {
    const known = made.get(rows);
    if (known !== undefined) return known;
    const fresh = make(rows);
    made.set(rows, fresh);
    return fresh;
  };
}

/** `($1::uuid, $2::text), ($3, $4)`: the types of the first row are those of all. */
export function valuesList({ types }: Table, rows: number): string {
  const lists = Array.from({ length: rows }, (_, row) => {
    const cells = types.map((type, column) => {
      const place = `$${row * types.length + column + 1}`;
      return row === 0 ? `${place}::${type}` : place;
    });
    return `(${cells.join(", ")})`;
  });
  return lists.join(", ");
}

const inserts = new Map<Table, (rows: number) => Statement>();

function insertOf(table: Table, rows: number): Statement {
  let ofTable = inserts.get(table);
  if (ofTable === undefined) {
    const head = `insert into ${table.name} (${table.columns.join(", ")})`;
    ofTable = perCount((count) =>
      statement(`insert-${table.noun}`, `${head} values ${valuesList(table, count)}`),
    );
    inserts.set(table, ofTable);
  }
  return ofTable(rows);
}

const unnests = new Map<Table, Statement>();

function unnestOf(table: Table): Statement {
  const known = unnests.get(table);
  if (known !== undefined) return known;
  const arrays = table.types.map((type, column) => `$${column + 1}::${type}[]`);
  const columns = table.columns.join(", ");
  const made = statement(
    `insert-${table.noun}`,
    `insert into ${table.name} (${columns})
    select ${columns} from unnest(${arrays.join(", ")}) as given (${columns})`,
  );
  unnests.set(table, made);
  return made;
}

function columnsOf({ columns }: Table, rows: Rows): Scalar[][] {
  return columns.map((_, column) => rows.map((row) => row[column] ?? null));
}

const copies = new Map<string, Statement>();

function copyOf({ noun, name, columns }: Table, format: "binary" | "text"): Statement {
  const key = `${name} ${format}`;
  const known = copies.get(key);
  if (known !== undefined) return known;
  const made = statement(
    `copy-${noun}`,
    `copy ${name} (${columns.join(", ")}) from stdin (format ${format})`,
  );
  copies.set(key, made);
  return made;
}
