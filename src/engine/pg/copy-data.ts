/**
 * The rows of a COPY step as they are sent: PostgreSQL manual, COPY, "File Formats"; what a type's
 * bytes are is what its receive function in the server's source takes.
 */
import type { BinaryType, ConnectionStep, Scalar } from "../../core/step.ts";
import { rowText } from "../../server/fixture/copy-text.ts";

type CopyStep = Extract<ConnectionStep, { kind: "copy" }>;

export function copyDataOf({ rows, format }: CopyStep): Buffer {
  if (format === "text") return Buffer.from(rows.map(rowText).join(""));
  const tuples = rows.map((row) => tupleOf(row, format));
  return Buffer.concat([header, ...tuples, trailer]);
}

/** The signature, no flags, and no extension. */
const header = Buffer.concat([Buffer.from("PGCOPY\n\xff\r\n\0", "latin1"), Buffer.alloc(8)]);
const trailer = int16(-1);

function tupleOf(row: readonly Scalar[], types: readonly BinaryType[]): Buffer {
  if (row.length !== types.length) {
    throw new Error(`a row has ${row.length} values for ${types.length} binary columns`);
  }
  const fields = row.flatMap((value, index) => fieldOf(value, types[index] ?? "text"));
  return Buffer.concat([int16(row.length), ...fields]);
}

const nullField = int32(-1);

function fieldOf(value: Scalar, type: BinaryType): readonly Buffer[] {
  if (value === null) return [nullField];
  const bytes = encoders[type](String(value));
  return [int32(bytes.length), bytes];
}

const encoders: Readonly<Record<BinaryType, (text: string) => Buffer>> = {
  bool: (text) => Buffer.from([text === "true" ? 1 : 0]),
  bytea: (text) => Buffer.from(text.replace(/^\\x/, ""), "hex"),
  int4: (text) => int32(Number(text)),
  int8: (text) => int64(BigInt(text)),
  numeric: numericOf,
  text: (text) => Buffer.from(text),
  timestamptz: (text) => int64(microsecondsOf(text)),
  uuid: (text) => Buffer.from(text.replaceAll("-", ""), "hex"),
};

/** PostgreSQL counts from 2000 on, UTC. */
const epochMs = Date.UTC(2000, 0, 1);

/** As JavaScript reads it: ISO 8601, to the millisecond. */
function microsecondsOf(text: string): bigint {
  const ms = Date.parse(text);
  if (Number.isNaN(ms)) throw new Error(`no time in ISO 8601: ${text}`);
  return BigInt(ms - epochMs) * 1000n;
}

/** Digits of a numeric are those of base 10 000. */
const groupLength = 4;
const negative = 0x4000;

function numericOf(text: string): Buffer {
  const [, sign = "", whole = "", fraction = ""] = /^(-?)(\d*)\.?(\d*)$/.exec(text) ?? [];
  if (whole + fraction === "") throw new Error(`no decimal number: ${text}`);
  const wholeLength = Math.ceil(whole.length / groupLength) * groupLength;
  const fractionLength = Math.ceil(fraction.length / groupLength) * groupLength;
  const digits = whole.padStart(wholeLength, "0") + fraction.padEnd(fractionLength, "0");
  const groups = (digits.match(/\d{4}/g) ?? []).map(Number);
  const weight = wholeLength / groupLength - 1;
  return Buffer.concat([
    ...[groups.length, weight, sign === "-" ? negative : 0, fraction.length].map(int16),
    ...groups.map(int16),
  ]);
}

function int16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeInt16BE(value);
  return bytes;
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

function int64(value: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64BE(value);
  return bytes;
}
