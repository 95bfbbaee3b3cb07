/** Rows as xk6-sql delivers them, made rows as both engines do. */
import { Failure } from "../../../core/failure.ts";
import type { Row, Scalar } from "../../../core/step.ts";

/** Throws a Failure for a value that would not be the same on the other engine. */
export function rowsOf(rows: readonly Readonly<Record<string, unknown>>[]): readonly Row[] {
  return rows.map((row) => {
    const read: Record<string, Scalar> = {};
    for (const name of Object.keys(row)) read[name] = scalarOf(row[name], name);
    return read;
  });
}

function scalarOf(value: unknown, name: string): Scalar {
  if (value === null || value === undefined) return null;
  const isScalar =
    typeof value === "string" || typeof value === "number" || typeof value === "boolean";
  return isScalar ? value : textOf(value, name);
}

/** What lib/pq knows no type for comes as the bytes of its text, and bytea as its own. */
function textOf(value: unknown, name: string): string {
  try {
    if (isBytes(value)) return utf8(value);
  } catch (error) {
    if (!(error instanceof URIError)) throw error;
  }
  throw new Failure(
    "refused",
    "not-portable",
    `the column ${name} is of a type that k6 delivers as something of its own: cast it to text`,
  );
}

function isBytes(value: unknown): value is readonly number[] {
  return Array.isArray(value);
}

/** By way of the percent signs of a URI, for k6 before 2.2 has no TextDecoder. */
function utf8(bytes: readonly number[]): string {
  let text = "";
  for (const byte of bytes) text += `%${byte < 16 ? "0" : ""}${byte.toString(16)}`;
  return decodeURIComponent(text);
}
