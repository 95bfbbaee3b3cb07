import fc from "fast-check";
import pg from "pg";
import { describe, expect, it } from "vitest";
import { Failure } from "../../../src/core/failure.ts";
import type { Parameter, Scalar } from "../../../src/core/step.ts";
import { arrayLiteral } from "../../../src/engine/array-literal.ts";
import { writeBind } from "../../../src/engine/pg/bind.ts";
import { bindTarget, executeAndSync } from "../../../src/engine/pg/messages.ts";
import { Output } from "../../../src/engine/pg/output.ts";

/** What the driver makes of a parameter: its text, or null. */
const { prepareValue } = (
  pg as unknown as { utils: { prepareValue: (value: unknown) => string | null } }
).utils;

const megabyte = 1_048_576;

interface Written {
  /** 0: text, 1: binary. */
  readonly formats: readonly number[];
  readonly values: readonly (Buffer | null)[];
}

/** Reads a Bind as the server does (PostgreSQL manual, "Message Formats"). */
function read(message: Buffer): Written {
  const length = message.readInt32BE(1);
  expect(message.toString("latin1", 0, 1)).toBe("B");
  expect(message.subarray(1 + length)).toEqual(executeAndSync);
  let at = 5;
  const text = () => {
    const end = message.indexOf(0, at);
    const found = message.toString("utf8", at, end);
    at = end + 1;
    return found;
  };
  const int16 = () => message.readUInt16BE((at += 2) - 2);
  expect([text(), text()]).toEqual(["", "7:read:write"]);
  const formats = Array.from({ length: int16() }, int16);
  const values = Array.from({ length: int16() }, () => {
    const size = message.readInt32BE((at += 4) - 4);
    return size < 0 ? null : message.subarray(at, (at += size));
  });
  expect(int16()).toBe(0);
  expect(at).toBe(1 + length);
  return { formats, values };
}

const target = bindTarget("7:read:write");
const execution = { lead: Buffer.alloc(0), target, rest: executeAndSync };

function written(parameters: readonly Parameter[], types: readonly number[] = []): Written {
  const output = new Output(64 * megabyte);
  writeBind(output, { execution, types }, parameters);
  return read(Buffer.from(output.bytes.subarray(0, output.length)));
}

/** Reads an array as array_recv does, its elements by `element`. */
function arrayOf<T>(bytes: Buffer | null | undefined, element: (bytes: Buffer) => T) {
  if (!bytes) throw new Error("it is null");
  const dimensions = bytes.readInt32BE(0);
  const head = { hasNull: bytes.readInt32BE(4) === 1, type: bytes.readInt32BE(8) };
  if (dimensions === 0) {
    expect(bytes.length).toBe(12);
    return { ...head, values: [] };
  }
  expect([dimensions, bytes.readInt32BE(16)]).toEqual([1, 1]);
  let at = 20;
  const values = Array.from({ length: bytes.readInt32BE(12) }, () => {
    const size = bytes.readInt32BE(at);
    at += 4;
    return size < 0 ? null : element(bytes.subarray(at, (at += size)));
  });
  expect(at).toBe(bytes.length);
  return { ...head, values };
}

const text = fc.string({ unit: "binary" });
const scalar: fc.Arbitrary<Scalar> = fc.oneof(
  text,
  fc.double(),
  fc.integer(),
  fc.maxSafeInteger(),
  fc.boolean(),
  fc.constant(null),
);
const edges: readonly Scalar[] = [
  ...[0, -0, 9, -9, 10, -10, 99_999, 2 ** 31 - 1, -(2 ** 31), 2 ** 31, 2 ** 53, 1e21, 1.5, 5e-324],
  ...[Number.NaN, Infinity, -Infinity, true, false, null, "", "NULL", "a".repeat(100)],
  ...['"', "\\", ",", "{}", "'", "ä", "𝄞", "日本", "a\0b", "ä".repeat(100)],
];

describe("a Bind message", () => {
  it("has every scalar as the text that the driver sends", () => {
    const check = (values: readonly Scalar[]) => {
      const { formats, values: found } = written(values);
      expect(formats.every((format) => format === 0)).toBe(true);
      expect(found.map((value) => value?.toString() ?? null)).toEqual(values.map(prepareValue));
    };
    check(edges);
    fc.assert(fc.property(fc.array(scalar), check));
  });

  it("has arrays of other types as the literal that the driver sends", () => {
    const check = (values: readonly Scalar[]) => {
      expect(arrayLiteral(values)).toBe(prepareValue(values));
      const { formats, values: found } = written([values], [1231]);
      expect([formats, found[0]?.toString()]).toEqual([[0], prepareValue(values)]);
    };
    check(edges);
    check([]);
    fc.assert(fc.property(fc.array(scalar), check));
  });

  it("has the parameters in order, whatever their formats", () => {
    const { formats, values } = written(["a", [1], null, ["b"], 5], [25, 1007, 25, 1231, 23]);
    expect(formats).toEqual([0, 1, 0, 0, 0]);
    expect(values.map((value) => value?.length ?? null)).toEqual([1, 28, null, 5, 1]);
  });

  it("may be as large as its buffer has to grow", () => {
    const large = "x".repeat(3 * megabyte);
    expect(written([large, [large, "ä"]], [25, 1009]).values[0]?.length).toBe(large.length);
  });

  it("is refused where it is larger than the server takes, and the next one is not", () => {
    const output = new Output(megabyte);
    const write = (value: Parameter) => writeBind(output, { execution, types: [1009] }, [value]);
    const tooLarge = { kind: "refused", code: "message-too-large", committing: false };
    for (const value of ["x".repeat(megabyte), ["x".repeat(megabyte)]]) {
      expect(() => write(value)).toThrow(Failure);
      expect(() => write(value)).toThrow(expect.objectContaining(tooLarge));
    }
    write("x");
    expect(read(output.bytes.subarray(0, output.length)).values).toEqual([Buffer.from("x")]);
  });
});

const int8Min = -(2n ** 63n);
const int8Max = 2n ** 63n - 1n;
const nullable = <T>(values: fc.Arbitrary<T>) => fc.array(fc.option(values));

/** Writes an array of a binary type, and reads it back. */
function roundTrip<T>(type: number, values: readonly Scalar[], element: (bytes: Buffer) => T) {
  const { formats, values: found } = written([values], [type]);
  expect(formats, JSON.stringify(values)).toEqual([1]);
  const array = arrayOf(found[0], element);
  expect(array.hasNull).toBe(values.includes(null));
  return array;
}

describe("a binary array", () => {
  it("holds whole numbers, from numbers and from text", () => {
    const kinds = [
      { type: 1005, element: 21, bits: 16, of: (bytes: Buffer) => bytes.readInt16BE() },
      { type: 1007, element: 23, bits: 32, of: (bytes: Buffer) => bytes.readInt32BE() },
    ];
    for (const { type, element, bits, of } of kinds) {
      const [min, max] = [-(2 ** (bits - 1)), 2 ** (bits - 1) - 1];
      const check = (values: readonly (number | null)[]) => {
        const asText = values.map((value) => (value === null ? null : String(value)));
        expect(roundTrip(type, values, of)).toMatchObject({ type: element, values });
        expect(roundTrip(type, asText, of)).toMatchObject({ type: element, values });
      };
      check([min, max, 0, null]);
      check([]);
      expect(roundTrip(type, [-0, "-0", "007"], of).values).toEqual([0, 0, 7]);
      fc.assert(fc.property(nullable(fc.integer({ min, max })), check));
    }
  });

  it("holds an int8 of any size, from numbers and from text", () => {
    const check = (values: readonly (bigint | null)[]) => {
      const given = values.map((value) => (value === null ? null : String(value)));
      const array = roundTrip(1016, given, (bytes) => bytes.readBigInt64BE());
      expect(array).toMatchObject({ type: 20, values });
    };
    check([int8Min, int8Max, 0n, -1n, null, 10n ** 15n, -(10n ** 15n), 2n ** 32n, -(2n ** 32n)]);
    check([]);
    fc.assert(fc.property(nullable(fc.bigInt(int8Min, int8Max)), check), { numRuns: 1_000 });
    const numbers = fc.property(nullable(fc.maxSafeInteger()), (values) => {
      const array = roundTrip(1016, values, (bytes) => Number(bytes.readBigInt64BE()));
      // In text -0 is 0.
      expect(array.values).toEqual(values.map((value) => (value === null ? null : value + 0)));
    });
    fc.assert(numbers);
  });

  it("holds a float8, of which -0 is 0 as in text", () => {
    const check = (values: readonly (number | null)[]) => {
      const array = roundTrip(1022, values, (bytes) => bytes.readDoubleBE());
      expect(array.type).toBe(701);
      expect(array.values).toEqual(values.map((value) => (value === null ? null : value + 0)));
    };
    check([-0, Number.NaN, Infinity, -Infinity, 5e-324, Number.MAX_VALUE, null]);
    check([]);
    fc.assert(fc.property(nullable(fc.double()), check));
  });

  it("holds booleans", () => {
    const values = [true, null, false];
    const array = roundTrip(1000, values, (bytes) => bytes.readInt8() === 1);
    expect(array).toMatchObject({ type: 16, values });
  });

  it.each([
    [1009, 25],
    [1015, 1043],
  ])("holds texts (%i)", (type, element) => {
    const check = (values: readonly Scalar[]) => {
      const array = roundTrip(type, values, (bytes) => bytes.toString());
      expect(array).toMatchObject({ type: element, values: values.map(prepareValue) });
    };
    check(edges);
    check([]);
    fc.assert(fc.property(fc.array(scalar), check));
  });

  it("holds uuids, in capitals too", () => {
    const check = (values: readonly (string | null)[]) => {
      const array = roundTrip(2951, values, (bytes) => bytes.toString("hex"));
      const digits = values.map((value) => value?.replaceAll("-", "").toLowerCase() ?? null);
      expect(array).toMatchObject({ type: 2950, values: digits });
    };
    check(["00000000-0000-0000-0000-000000000000", "FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF", null]);
    check([]);
    fc.assert(fc.property(nullable(fc.uuid()), check));
  });

  it.each<[string, number, readonly Scalar[]]>([
    ["int2, out of range", 1005, [1, 32_768]],
    ["int2, out of range", 1005, ["-32769"]],
    ["int4, out of range", 1007, [2 ** 31]],
    ["int4, out of range", 1007, ["-2147483649", null]],
    ["int4, a fraction", 1007, [1.5]],
    ["int4, not a number", 1007, [Number.NaN]],
    ["int4, a boolean", 1007, [true]],
    ["int4, nothing", 1007, [""]],
    ["int4, a sign", 1007, ["-"]],
    ["int4, spaces, which are allowed", 1007, [" 1"]],
    ["int4, hexadecimal, which is allowed", 1007, ["0x10"]],
    ["int8, one too many", 1016, [String(int8Max + 1n)]],
    ["int8, one too few", 1016, [String(int8Min - 1n)]],
    ["int8, 20 digits", 1016, ["10000000000000000000"]],
    ["int8, an inexact number", 1016, [2 ** 53]],
    ["int8, a fraction", 1016, [0.5]],
    ["int8, a letter at the end", 1016, ["123456789012345678x"]],
    ["int8, a letter at the start", 1016, ["x"]],
    ["int8, a boolean", 1016, [false]],
    ["float8, text", 1022, ["1.5"]],
    ["bool, text", 1000, ["t"]],
    ["bool, a number", 1000, [1]],
    ["uuid, too short", 2951, ["0000"]],
    ["uuid, no hexadecimal", 2951, ["0000000g-0000-0000-0000-000000000000"]],
    ["uuid, beyond ASCII", 2951, ["0000000\u0130-0000-0000-0000-000000000000"]],
    ["uuid, without hyphens but as long", 2951, ["000000000000000000000000000000000000"]],
    ["uuid, a number", 2951, [7]],
  ])("is none where a value may be wrong: the server is to say so (%s)", (_, type, values) => {
    const { formats, values: found } = written(["before", values, "after"], [25, type, 25]);
    expect(formats).toEqual([0, 0, 0]);
    const texts = ["before", prepareValue(values), "after"];
    expect(found.map((value) => value?.toString())).toEqual(texts);
  });
});
