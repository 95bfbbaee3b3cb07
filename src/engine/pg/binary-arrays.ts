/**
 * Arrays in the server's binary format (array_recv): for each element type a writer that takes the
 * values of which text and binary mean the same, and declines all others.
 */
import type { Scalar } from "../../core/step.ts";
import type { Output } from "./output.ts";

/** Writes a value behind its length; false, and anything written, if it is none of the type's. */
type WriteElement = (output: Output, value: string | number | boolean) => boolean;

export interface ElementType {
  readonly oid: number;
  readonly write: WriteElement;
}

/** By the OID of the array's type (pg_type.dat). */
export const elementTypes: ReadonlyMap<number, ElementType> = new Map<number, ElementType>([
  [1000, { oid: 16, write: writeBool }],
  [1005, { oid: 21, write: writeInt2 }],
  [1007, { oid: 23, write: writeInt4 }],
  [1009, { oid: 25, write: writeText }],
  [1015, { oid: 1043, write: writeText }],
  [1016, { oid: 20, write: writeInt8 }],
  [1022, { oid: 701, write: writeFloat8 }],
  [2951, { oid: 2950, write: writeUuid }],
]);

/** False, and anything written, if one of the values is none of the type's. */
export function writeArray(
  output: Output,
  { oid, write }: ElementType,
  values: readonly Scalar[],
): boolean {
  output.reserve(20);
  // An empty array has no dimension.
  output.int32(values.length === 0 ? 0 : 1);
  output.int32(values.includes(null) ? 1 : 0);
  output.int32(oid);
  if (values.length === 0) return true;
  output.int32(values.length);
  // Its first subscript.
  output.int32(1);
  for (const value of values) {
    // Room for a null, and for whatever has a fixed size.
    output.reserve(elementBytesMax);
    if (value === null) output.int32(-1);
    else if (!write(output, value)) return false;
  }
  return true;
}

/** A length and a uuid. */
const elementBytesMax = 4 + 16;

function writeBool(output: Output, value: string | number | boolean): boolean {
  if (typeof value !== "boolean") return false;
  output.int32(1);
  output.byte(value ? 1 : 0);
  return true;
}

function writeText(output: Output, value: string | number | boolean): boolean {
  output.text(typeof value === "string" ? value : String(value));
  return true;
}

function writeFloat8(output: Output, value: string | number | boolean): boolean {
  if (typeof value !== "number") return false;
  output.int32(8);
  // In text -0 is 0.
  output.float64(value + 0);
  return true;
}

function writeInt2(output: Output, value: string | number | boolean): boolean {
  const number = wholeNumberOf(value);
  if (!(number >= -0x8000 && number <= 0x7fff)) return false;
  output.int32(2);
  output.int16(number);
  return true;
}

function writeInt4(output: Output, value: string | number | boolean): boolean {
  const number = wholeNumberOf(value);
  if (!(number >= -0x8000_0000 && number <= 0x7fff_ffff)) return false;
  output.int32(4);
  output.int32(number);
  return true;
}

const minus = 45;
const zero = 48;

/** NaN if it is none; exact up to 15 digits. */
function wholeNumberOf(value: string | number | boolean): number {
  if (typeof value === "number") return Number.isInteger(value) ? value : Number.NaN;
  if (typeof value === "boolean") return Number.NaN;
  return value.charCodeAt(0) === minus
    ? -digitsOf(value, 1, value.length)
    : digitsOf(value, 0, value.length);
}

/** NaN unless it consists of digits. */
function digitsOf(text: string, start: number, end: number): number {
  let number = start < end ? 0 : Number.NaN;
  for (let index = start; index < end; index++) {
    const digit = text.charCodeAt(index) - zero;
    number = digit >= 0 && digit <= 9 ? number * 10 + digit : Number.NaN;
  }
  return number;
}

const exactDigits = 15;
const int8Digits = 19;
const powersOf10 = [1, 10, 100, 1_000, 10_000];
const twoTo32 = 0x1_0000_0000;

/** In two halves of 32 bits, since a number is exact up to 53: `head` digits, and up to four behind. */
function writeInt8(output: Output, value: string | number | boolean): boolean {
  let negative = false;
  let head = Number.NaN;
  let tail = 0;
  let scale = 1;
  if (typeof value === "number") {
    negative = value < 0;
    if (Number.isSafeInteger(value)) head = Math.abs(value);
  } else if (typeof value === "string" && value.length <= 1 + int8Digits) {
    negative = value.charCodeAt(0) === minus;
    const start = negative ? 1 : 0;
    const cut = Math.min(value.length, start + exactDigits);
    head = digitsOf(value, start, cut);
    if (cut < value.length) tail = digitsOf(value, cut, value.length);
    scale = powersOf10[value.length - cut] ?? Number.NaN;
  }
  const headHigh = Math.floor(head / twoTo32);
  const lowSum = (head - headHigh * twoTo32) * scale + tail;
  const carry = Math.floor(lowSum / twoTo32);
  const high = headHigh * scale + carry;
  const low = lowSum - carry * twoTo32;
  // The smallest int8 has no positive counterpart.
  const smallest = negative && high === 0x8000_0000 && low === 0;
  if (!(high <= 0x7fff_ffff) && !smallest) return false;
  output.int32(8);
  // Of a negative number the two's complement.
  output.int32(!negative ? high : low === 0 ? -high : ~high);
  output.int32(negative ? -low : low);
  return true;
}

/** In the form in which the server itself writes them; in others it reads them from text. */
function writeUuid(output: Output, value: string | number | boolean): boolean {
  if (typeof value !== "string" || value.length !== 36) return false;
  output.int32(16);
  const { bytes, length } = output;
  let codes = 0;
  let digits = 0;
  for (let byte = 0, at = 0; byte < 16; byte++) {
    if (byte === 4 || byte === 6 || byte === 8 || byte === 10) {
      if (value.charCodeAt(at++) !== minus) return false;
    }
    const [highCode, lowCode] = [value.charCodeAt(at++), value.charCodeAt(at++)];
    const [high, low] = [digitOf(highCode), digitOf(lowCode)];
    codes |= highCode | lowCode;
    digits |= high | low;
    bytes[length + byte] = (high << 4) | low;
  }
  output.length = length + 16;
  // All were of ASCII, and all were digits.
  return codes < 128 && digits >= 0;
}

/** The value of a hexadecimal digit, and of what else is ASCII -1. */
function digitOf(code: number): number {
  return hexadecimalDigits[code & 127] as number;
}

const hexadecimalDigits = Int8Array.from({ length: 128 }, (_, code) =>
  "0123456789abcdef".indexOf(String.fromCharCode(code).toLowerCase()),
);
