/**
 * A fixture's table as it is in a database, and its rows as texts that are the same whether the server
 * prints what is stored or we print what the generator says.
 */
import pg from "pg";
import type { Scalar } from "../core/step.ts";
import type { TableData } from "../core/system.ts";
import type { Connection } from "./connection.ts";
import type { Fixture } from "./fixture.ts";
import { jsonbText } from "./jsonb-text.ts";

/** A value as text; null stays null. */
export type Cell = string | null;

interface Column {
  /** As TableData or the variant writes it. */
  readonly name: string;
  /** Such as "bigint". */
  readonly type: string;
}

/** A column that numbers the rows in the order in which they were loaded. */
export interface RowNumber {
  readonly name: string;
  readonly first: number;
  readonly increment: number;
}

export interface TableLayout {
  readonly data: TableData;
  /** Of the generator's rows, in their order; the row number is not among them. */
  readonly columns: readonly Column[];
  /** Null: the table does not number its rows. */
  readonly rowNumber: RowNumber | null;
}

/** Sentences on what is not there. */
export interface MissingTable {
  readonly problems: readonly string[];
}

/** The spelling of names in TableData is for people; the server folds unquoted names like this. */
export function identifier(name: string): string {
  return pg.escapeIdentifier(name.toLowerCase());
}

export function tableName(data: TableData): string {
  return data.table.split(".").map(identifier).join(".");
}

/** Looks up what the fixture's variant loads into a table. Throws ServerError. */
export async function layoutOf(
  connection: Connection,
  fixture: Fixture,
  data: TableData,
): Promise<TableLayout | MissingTable> {
  const rows = await connection.query(
    `select attname::text as name, format_type(atttypid, null) as type,
            attidentity <> '' as is_identity
       from pg_catalog.pg_attribute
      where attrelid = to_regclass($1) and attnum > 0 and not attisdropped`,
    [tableName(data)],
  );
  if (rows.length === 0) return { problems: [`there is no table ${data.table}`] };
  const types = new Map(rows.map((row) => [String(row.name), String(row.type)]));
  const names = fixture.variant.columns[data.table] ?? data.columns;
  const problems = names
    .filter((name) => !types.has(name.toLowerCase()))
    .map((name) => `${data.table} has no column ${name}: it is of another variant`);
  if (problems.length > 0) return { problems };
  const columns = names.map((name) => ({ name, type: types.get(name.toLowerCase()) ?? "" }));
  const loaded = names.map((name) => name.toLowerCase());
  const identity = rows.find((row) => row.is_identity === true);
  const isCounted = identity !== undefined && !loaded.includes(String(identity.name));
  return {
    data,
    columns,
    rowNumber: isCounted ? await rowNumberOf(connection, data, String(identity.name)) : null,
  };
}

async function rowNumberOf(
  connection: Connection,
  data: TableData,
  column: string,
): Promise<RowNumber> {
  const [row] = await connection.query(
    `select seqstart::float8 as first, seqincrement::float8 as increment
       from pg_catalog.pg_sequence
      where seqrelid = pg_get_serial_sequence($1, $2)::regclass`,
    [tableName(data), column],
  );
  return { name: column, first: Number(row?.first), increment: Number(row?.increment) };
}

/** The names of a row's cells: the row number first, if there is one. */
export function cellNames({ columns, rowNumber }: TableLayout): readonly string[] {
  const names = columns.map(({ name }) => name);
  return rowNumber === null ? names : [rowNumber.name, ...names];
}

/** The same cells as SQL expressions of type text. */
export function cellExpressions(layout: TableLayout): readonly string[] {
  return cellNames(layout).map((name) => `${identifier(name)}::text`);
}

/** What the server is to print values by, for the length of a transaction. */
export const printingSettings = `
  set local datestyle = 'ISO, YMD';
  set local intervalstyle = 'postgres';
  set local timezone = 'UTC';
  set local extra_float_digits = 1;
  set local bytea_output = 'hex';
`;

/** Of the generator's row with this number, from 0. */
export function idOf({ first, increment }: RowNumber, index: number): number {
  return first + index * increment;
}

/**
 * Makes cells of the generator's rows, which have values as the server prints them, but for JSON.
 * `index`: how many rows come before.
 */
export function cellPrinter(
  layout: TableLayout,
): (row: readonly Scalar[], index: number) => readonly Cell[] {
  const { columns, rowNumber } = layout;
  const isJsonb = columns.map(({ type }) => type === "jsonb");
  return (row, index) => {
    const cells: Cell[] = rowNumber === null ? [] : [String(idOf(rowNumber, index))];
    for (let column = 0; column < row.length; column++) {
      const value = row[column] ?? null;
      const text = value === null ? null : String(value);
      cells.push(text !== null && isJsonb[column] === true ? jsonbText(text) : text);
    }
    return cells;
  };
}

/**
 * As `row(…)::text` prints them: fields in parentheses, separated by commas, null as nothing, quoted
 * where needed (PostgreSQL manual, "Composite Type Input and Output Syntax"). No two rows print alike.
 */
export function recordText(cells: readonly Cell[]): string {
  let text = "(";
  for (let index = 0; index < cells.length; index++) {
    if (index > 0) text += ",";
    const cell = cells[index] ?? null;
    if (cell !== null) text += quotable.test(cell) ? quoted(cell) : cell;
  }
  return `${text})`;
}

/** Empty, or with a character that the form uses itself, or blank (as isspace of C has it). */
const quotable = /^$|["\\(),\t\n\v\f\r ]/;

function quoted(cell: string): string {
  return `"${cell.replace(/["\\]/g, "$&$&")}"`;
}
