/**
 * Reads rows, and what else the lean connection wants to know of the server's messages. Values come
 * as text and become what the driver's own parsers make of them, so that both drivers agree; the
 * types of which there are most are read from the bytes.
 */
import type { Row, Scalar } from "../../core/step.ts";
import { type Farewell, saidByServer } from "../farewell.ts";
import { byteAt, int16At, int32At } from "./frames.ts";

/** The driver's client has them. */
export interface TypeParsers {
  getTypeParser(oid: number, format: "text"): (text: string) => Scalar;
}

type Read = (bytes: Buffer, start: number, end: number) => Scalar;

/** The columns of a result. */
export interface Columns {
  readonly names: readonly string[];
  readonly reads: readonly Read[];
  /** All of them, in order: to copy it makes rows of one shape. */
  readonly empty: Row;
}

/** @param at the content of a RowDescription. */
export function columnsOf(bytes: Buffer, at: number, parsers: TypeParsers): Columns {
  const names: string[] = [];
  const reads: Read[] = [];
  // Without a prototype, for a column may be called __proto__.
  const empty = Object.create(null) as Record<string, Scalar>;
  let next = at + 2;
  for (let rest = int16At(bytes, at); rest > 0; rest--) {
    const end = bytes.indexOf(0, next);
    const name = bytes.toString("utf8", next, end);
    // Behind the name: table, column, type, size, modifier and format.
    reads.push(readOf(int32At(bytes, end + 7) >>> 0, parsers));
    names.push(name);
    empty[name] = null;
    next = end + 19;
  }
  return { names, reads, empty: { ...empty } };
}

function readOf(type: number, parsers: TypeParsers): Read {
  const known = knownReads.get(type);
  if (known !== undefined) return known;
  const parse = parsers.getTypeParser(type, "text");
  return (bytes, start, end) => parse(readText(bytes, start, end));
}

/** By the type's OID (pg_type.dat): bool, int8, int2, int4, text, varchar and uuid. */
const knownReads: ReadonlyMap<number, Read> = new Map<number, Read>([
  [16, (bytes, start) => byteAt(bytes, start) === 116],
  [20, readText],
  [21, readInteger],
  [23, readInteger],
  [25, readText],
  [1043, readText],
  [2950, readText],
]);

function readText(bytes: Buffer, start: number, end: number): string {
  return bytes.toString("utf8", start, end);
}

function readInteger(bytes: Buffer, start: number, end: number): number {
  const negative = byteAt(bytes, start) === 45;
  let value = 0;
  for (let at = negative ? start + 1 : start; at < end; at++) {
    value = value * 10 + byteAt(bytes, at) - 48;
  }
  return negative ? -value : value;
}

/** @param at the content of a DataRow. */
export function rowOf({ names, reads, empty }: Columns, bytes: Buffer, at: number): Row {
  const row: Record<string, Scalar> = { ...empty };
  let next = at + 2;
  for (let index = 0; index < names.length; index++) {
    const name = names[index] as string;
    const size = int32At(bytes, next);
    next += 4;
    if (size < 0) {
      // Not left as it is: another column may have the same name.
      row[name] = null;
    } else {
      row[name] = (reads[index] as Read)(bytes, next, next + size);
      next += size;
    }
  }
  return row;
}

/** @param at the content of a ParameterDescription; OIDs. */
export function parameterTypesOf(bytes: Buffer, at: number): readonly number[] {
  const typeAt = (index: number) => int32At(bytes, at + 2 + 4 * index) >>> 0;
  return Array.from({ length: int16At(bytes, at) }, (_, index) => typeAt(index));
}

/** @param at the content of an ErrorResponse: fields of a letter and a text, and a zero at the end. */
export function refusalOf(bytes: Buffer, at: number): Farewell {
  const fields = new Map<string, string>();
  for (let next = at; byteAt(bytes, next) !== 0;) {
    const end = bytes.indexOf(0, next);
    fields.set(String.fromCharCode(byteAt(bytes, next)), bytes.toString("utf8", next + 1, end));
    next = end + 1;
  }
  return saidByServer({
    // V is not translated, as S is.
    severity: fields.get("V"),
    code: fields.get("C") ?? "",
    message: fields.get("M") ?? "",
  });
}

const commitTag = Buffer.from("COMMIT\0");

/** @param at the content of a CommandComplete. */
export function isCommitTag(bytes: Buffer, at: number): boolean {
  for (let index = 0; index < commitTag.length; index++) {
    if (byteAt(bytes, at + index) !== commitTag[index]) return false;
  }
  return true;
}
