/**
 * Rows as xk6-sql delivers them, made rows as both engines do. Names come in any order, int8 as a
 * number, bytea as bytes like any text that lib/pq knows no type for, times as objects of Go's: what
 * a value is shows in its column's type alone. So the server is asked for the columns, too.
 */
import type { Row, Scalar } from "../../../core/step.ts";
import { notPortable } from "./not-portable.ts";
import type { RawRow } from "./wire.ts";

interface Column {
  readonly name: string;
  readonly read: (value: unknown, name: string) => Scalar;
}

/** Of a result, in order; equal names are one column, as they are in a row. */
export type Columns = readonly Column[];

/**
 * By OID (pg_type.dat), of types that both drivers deliver: bool, "char", name, int2, int4, text,
 * float4, float8, bpchar, varchar, numeric, void and uuid as what they are, int8 as text.
 */
const asTheyAre = new Set([16, 18, 19, 21, 23, 25, 700, 701, 1042, 1043, 1700, 2278, 2950]);
const int8 = 20;

/** From here on types are those of users (FirstNormalObjectId), of which no driver knows any. */
const userTypesMin = 16_384;

/**
 * What `columnsSql` made.
 * Throws a Failure for a type that is not the same on the other engine, whatever its values.
 */
export function columnsOf(described: string): Columns {
  const at = described.indexOf(" ");
  const names = JSON.parse(described.slice(at + 1)) as readonly string[];
  const columns = new Map<string, Column>();
  for (const [index, name] of names.entries()) {
    // Behind the count each column has its type's OID and the length of a null, in four bytes each.
    const start = 8 + 16 * index;
    const type = Number.parseInt(described.slice(start, start + 8), 16);
    columns.set(name, { name, read: readOf(type, name) });
  }
  return [...columns.values()];
}

/** A text that says of the columns of `source` what they are called, and of which types they are. */
export function columnsSql(source: string): string {
  return `(select pg_catalog.encode(pg_catalog.record_send(row(loadgen_row.*)), 'hex') || ' ' ||
  pg_catalog.to_json(array(select pg_catalog.json_object_keys(pg_catalog.row_to_json(loadgen_row))))::text
from (select ${source}.* from (select) loadgen_one left join ${source} on false) loadgen_row)`;
}

function readOf(type: number, name: string): Column["read"] {
  if (type === int8) return integerText;
  if (asTheyAre.has(type) || type >= userTypesMin) return scalarOf;
  throw notPortable(
    `the column ${name} is of a type that each driver has its own way with: cast it to text`,
  );
}

/**
 * Of what nothing is known but the values. Their order is Go's, which is another one each time, so
 * they are sorted by their names: what a seed repeats does not depend on it.
 */
export function rowsAsTheyCome(rows: readonly RawRow[]): readonly Row[] {
  return rows.map((row) => {
    const read: Record<string, Scalar> = {};
    for (const name of Object.keys(row).sort()) read[name] = smallScalarOf(row[name], name);
    return read;
  });
}

/** `spare`: so many columns more are ours. Throws a Failure if the columns are others by now. */
export function rowsOf(rows: readonly RawRow[], columns: Columns, spare: number): readonly Row[] {
  const [first] = rows;
  if (first === undefined) return noRows;
  const isSame =
    Object.keys(first).length === columns.length + spare &&
    columns.every(({ name }) => Object.hasOwn(first, name));
  if (!isSame)
    throw notPortable(
      "the columns are others than the first time, or one has a name of the guards'",
    );
  // Without a prototype, for a column may be called __proto__.
  const empty = Object.create(null) as Record<string, Scalar>;
  for (const { name } of columns) empty[name] = null;
  return rows.map((row) => {
    const read = { ...empty };
    for (const { name, read: readValue } of columns) read[name] = readValue(row[name], name);
    return read;
  });
}

const noRows: readonly Row[] = Object.freeze([]);

function integerText(value: unknown, name: string): Scalar {
  if (typeof value !== "number") return null;
  if (Number.isSafeInteger(value)) return String(value);
  throw notPortable(
    `the column ${name} is of type bigint, and too large for a number: cast it to text`,
  );
}

/** Beyond int4 a number may be an int8, which the other engine delivers as text. */
function smallScalarOf(value: unknown, name: string): Scalar {
  const scalar = scalarOf(value, name);
  if (typeof scalar !== "number" || !Number.isInteger(scalar) || scalar === (scalar | 0)) {
    return scalar;
  }
  throw notPortable(`the column ${name} may be of type bigint: cast it to text`);
}

function scalarOf(value: unknown, name: string): Scalar {
  if (value === null || value === undefined) return null;
  const isScalar =
    typeof value === "string" || typeof value === "number" || typeof value === "boolean";
  return isScalar ? value : textOf(value, name);
}

/** What lib/pq knows no type for comes as the bytes of its text. */
function textOf(value: unknown, name: string): string {
  try {
    if (Array.isArray(value)) return utf8(value as readonly number[]);
  } catch (error) {
    if (!(error instanceof URIError)) throw error;
  }
  throw notPortable(
    `the column ${name} is of a type that each driver has its own way with: cast it to text`,
  );
}

/** By way of the percent signs of a URI, for k6 before 2.2 has no TextDecoder. */
function utf8(bytes: readonly number[]): string {
  let text = "";
  for (const byte of bytes) text += `%${byte < 16 ? "0" : ""}${byte.toString(16)}`;
  return decodeURIComponent(text);
}
