/**
 * The rows of a COPY step as they are sent: PostgreSQL manual, COPY, "File Formats"; what a type's
 * bytes are is what its receive function in the server's source takes.
 */
import type { BinaryType, ConnectionStep, Scalar } from "../../core/step.ts";
import { rowText } from "../../server/fixture/copy-text.ts";
import { ByteSheet } from "./byte-sheet.ts";

export type CopyStep = Extract<ConnectionStep, { kind: "copy" }>;

export function copyDataOf({ rows, format }: CopyStep): Buffer {
  // One buffer for all of it: small ones for what it is made of take longer than the encoding.
  const sheet = new ByteSheet();
  if (format === "text") {
    for (const row of rows) sheet.text(rowText(row));
    return sheet.written;
  }
  sheet.raw(header);
  for (const row of rows) writeTuple(sheet, row, format);
  sheet.int16(trailer);
  return sheet.written;
}

/** The signature, no flags, and no extension. */
const header = Buffer.concat([Buffer.from("PGCOPY\n\xff\r\n\0", "latin1"), Buffer.alloc(8)]);
const trailer = -1;

/** In place of a field's length. */
const nullField = -1;

function writeTuple(sheet: ByteSheet, row: readonly Scalar[], types: readonly BinaryType[]): void {
  if (row.length !== types.length) {
    throw new Error(`a row has ${row.length} values for ${types.length} binary columns`);
  }
  sheet.int16(row.length);
  types.forEach((type, index) => {
    const value = row[index] ?? null;
    if (value === null) {
      sheet.int32(nullField);
      return;
    }
    const field = sheet.beginCounted();
    writers[type](sheet, String(value));
    sheet.endCounted(field);
  });
}

const writers: Readonly<Record<BinaryType, (sheet: ByteSheet, text: string) => void>> = {
  bool: (sheet, text) => sheet.byte(text === "true" ? 1 : 0),
  bytea: (sheet, text) => sheet.hex(text.replace(/^\\x/, "")),
  int4: (sheet, text) => sheet.int32(Number(text)),
  int8: (sheet, text) => sheet.int64(BigInt(text)),
  numeric: writeNumeric,
  text: (sheet, text) => sheet.text(text),
  timestamptz: (sheet, text) => sheet.int64(microsecondsOf(text)),
  uuid: (sheet, text) => sheet.hex(text.replaceAll("-", "")),
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

function writeNumeric(sheet: ByteSheet, text: string): void {
  const [, sign = "", whole = "", fraction = ""] = /^(-?)(\d*)\.?(\d*)$/.exec(text) ?? [];
  if (whole + fraction === "") throw new Error(`no decimal number: ${text}`);
  const wholeLength = Math.ceil(whole.length / groupLength) * groupLength;
  const fractionLength = Math.ceil(fraction.length / groupLength) * groupLength;
  const digits = whole.padStart(wholeLength, "0") + fraction.padEnd(fractionLength, "0");
  const groups = (digits.match(/\d{4}/g) ?? []).map(Number);
  sheet.int16(groups.length);
  sheet.int16(wholeLength / groupLength - 1);
  sheet.int16(sign === "-" ? negative : 0);
  sheet.int16(fraction.length);
  for (const group of groups) sheet.int16(group);
}
