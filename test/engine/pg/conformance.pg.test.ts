/**
 * What both drivers do alike: every test performs the same by each, each on a connection of its own,
 * and compares what comes back before it looks at it.
 */
import fc from "fast-check";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { Parameter, Scalar, ConnectionStep } from "../../../src/core/step.ts";
import { type FreshDatabase, freshDatabase } from "../../helpers/postgres.ts";
import {
  agreed,
  begin,
  closeSessions,
  commit,
  drivers,
  execute,
  openSession,
  query,
  rollback,
  toldOf,
  type Told,
} from "./sessions.ts";

let database: FreshDatabase;

beforeAll(async () => {
  database = await freshDatabase();
});

afterEach(closeSessions);

afterAll(() => database.drop());

/** What both drivers say of the steps. */
function both(...steps: readonly ConnectionStep[]): Promise<readonly Told[]> {
  return agreed(database.address, steps);
}

const alive = query("select $1::integer as alive", 1);
const isAlive = [{ alive: 1 }];

describe("the steps of a transaction", () => {
  it.each(["read-committed", "repeatable-read", "serializable"] as const)(
    "begin it at its isolation: %s",
    async (isolation) => {
      const told = await both(
        { kind: "begin", isolation },
        query("show transaction_isolation"),
        rollback,
      );
      expect(told).toEqual([[], [{ transaction_isolation: isolation.replace("-", " ") }], []]);
    },
  );

  it("return the rows of a query, and none of anything else", async () => {
    const sql = "select generate_series(1, 3) as n";
    const prepared = "select generate_series(1, $1::integer) as n";
    const rows = [{ n: 1 }, { n: 2 }, { n: 3 }];
    expect(
      await both(
        begin,
        query(sql),
        execute(sql),
        query(prepared, 3),
        execute(prepared, 3),
        query(prepared, 3),
        { kind: "pause", ms: 1 },
        commit,
      ),
    ).toEqual([[], rows, [], rows, [], rows, [], []]);
  });

  it("may be several statements in one text, of which the last one's rows count", async () => {
    const told = await both(
      query("select 1 as a; select 2 as b"),
      query("select 1 as a; create temporary table t (n integer)"),
      query("create temporary table u (n integer); select 3 as c"),
      query("select 1 as a; select 1 / 0"),
      query(""),
      query("select 1 as a; ;"),
      alive,
    );
    expect(told.slice(0, 3)).toEqual([[{ b: 2 }], [], [{ c: 3 }]]);
    expect(told[3]).toMatchObject({ code: "22012" });
    expect(told.slice(4)).toEqual([[], [{ a: 1 }], isAlive]);
  });
});

describe("parameters", () => {
  it.each<readonly [string, Parameter]>([
    ["integer", 7],
    ["integer", -0],
    ["bigint", "-9223372036854775808"],
    ["bigint", 9_007_199_254_740_991],
    ["numeric", 1e21],
    ["float8", Number.NaN],
    ["float8", -Infinity],
    ["float8", 5e-324],
    ["boolean", true],
    ["text", ""],
    ["text", "'\"\\,{}NULL ä 日本 𝄞"],
    ["text", null],
    ["uuid", "A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11"],
    ["date", "2024-02-29"],
    ["jsonb", '{"a": [1, null]}'],
    ["smallint[]", [-32_768, 32_767, null]],
    ["integer[]", [-2_147_483_648, "2147483647", -0, null]],
    ["integer[]", []],
    ["integer[]", "{1,2}"],
    ["integer[]", null],
    ["bigint[]", ["-9223372036854775808", "9223372036854775807", 2 ** 52, -1, null]],
    ["float8[]", [-0, Number.NaN, Infinity, 1.5, 5e-324, null]],
    ["boolean[]", [true, false, null]],
    ["uuid[]", ["A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11", null]],
    ["text[]", ["", "NULL", null, "'\"\\,{}", "ä 日本 𝄞", 5, true]],
    ["varchar[]", ["", "NULL", null, "'\"\\,{}"]],
    ["numeric[]", [1, "2.50", null]],
    ["date[]", ["2024-02-29", null]],
    ["jsonb[]", ['{"a": 1}', null]],
  ])("arrive as %s: %j", async (type, value) => {
    const [first, again] = await both(
      query(`select $1::${type}::text as value, pg_typeof($1)::text as type`, value),
      query(`select $1::${type} is null as is_null`, value),
    );
    expect(first).toHaveLength(1);
    expect(again).toEqual([{ is_null: value === null }]);
  });

  it("arrive alike, whatever is in them", async () => {
    const lean = await openSession("lean", database.address);
    const plain = await openSession("plain", database.address);
    const unnamed = await openSession("lean", database.address, "unnamed");
    // PostgreSQL has no text with a zero character (22021).
    const text = fc.string({ unit: "binary" }).map((value) => value.replaceAll("\0", ""));
    const kinds: readonly (readonly [string, fc.Arbitrary<Scalar>])[] = [
      ["smallint", fc.integer({ min: -32_768, max: 32_767 })],
      ["integer", fc.integer()],
      ["bigint", fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n).map(String)],
      ["float8", fc.double()],
      ["boolean", fc.boolean()],
      ["uuid", fc.uuid()],
      ["text", text],
      ["varchar", text],
      ["numeric", fc.maxSafeInteger()],
    ];
    for (const [type, scalar] of kinds) {
      const nullable = fc.option(scalar);
      const sql = `select $1::${type}::text as scalar, $2::${type}[]::text as array`;
      const check = fc.asyncProperty(nullable, fc.array(nullable), async (value, values) => {
        const steps = [query(sql, value, values)];
        const told = await toldOf(plain, steps);
        expect(await toldOf(lean, steps)).toEqual(told);
        expect(await toldOf(unnamed, steps)).toEqual(told);
      });
      await fc.assert(check, { numRuns: 30 });
    }
  });

  it.each<readonly [string, Parameter, string]>([
    ["integer", "x", "22P02"],
    ["integer", 2 ** 31, "22003"],
    ["text", "a\0b", "22021"],
    ["integer[]", ["x"], "22P02"],
    ["integer[]", [1.5], "22P02"],
    ["integer[]", [true], "22P02"],
    ["integer[]", [1, 2 ** 31], "22003"],
    ["smallint[]", [32_768], "22003"],
    ["bigint[]", ["9223372036854775808"], "22003"],
    ["bigint[]", ["1e3"], "22P02"],
    ["boolean[]", ["maybe"], "22P02"],
    ["uuid[]", ["no uuid"], "22P02"],
    ["float8[]", ["x"], "22P02"],
    ["text[]", ["a\0b"], "22021"],
    ["varchar[]", ["a\0b"], "22021"],
  ])("that are no %s are refused by the server: %j (%s)", async (type, value, code) => {
    const told = await both(query(`select $1::${type}`, value), alive);
    expect(told).toEqual([expect.objectContaining({ kind: "sql", code }), isAlive]);
  });

  it.each<readonly [string, Scalar]>([
    ["integer[]", " 12"],
    ["integer[]", "0x10"],
    ["bigint[]", "+5"],
    ["boolean[]", "yes"],
    ["boolean[]", 1],
    ["float8[]", "1e3"],
    ["uuid[]", "{a0eebc999c0b4ef8bb6d6bb9bd380a11}"],
  ])("may be written in any way that %s can be read from: %j", async (type, value) => {
    const [told] = await both(query(`select ($1::${type})[1]::text as value`, [value]));
    expect(told).toHaveLength(1);
  });

  it("may be many, but no more than the protocol can count", async () => {
    const sum = (count: number) => {
      const places = Array.from({ length: count }, (_, index) => `$${index + 1}::integer`);
      const values = Array.from({ length: count }, () => 1);
      return query(`select cardinality(array[${places.join()}]) as count`, ...values);
    };
    const [most, tooMany, next] = await both(sum(65_535), sum(65_536), alive);
    expect(most).toEqual([{ count: 65_535 }]);
    expect(tooMany).toMatchObject({ kind: "refused", code: "too-many-parameters" });
    expect(next).toEqual(isAlive);
  });

  it("may be larger than what a socket takes at once", async () => {
    const large = "ä".repeat(4_000_000);
    const sql = "select length($1::text) as text, cardinality($2::text[]) as count, $3::int as n";
    const step = query(sql, large, [large, large, null], 5);
    const rows = [{ text: large.length, count: 3, n: 5 }];
    expect(await both(step, step, alive)).toEqual([rows, rows, isAlive]);
  });
});

describe("rows", () => {
  it.each([
    "(-1)::int2, (-2147483648)::int4, 0::int4, 2147483647::int4, 4294967295::oid",
    "1.5::float4, 'NaN'::float8, '-Infinity'::float8, 5e-324::float8, -0.0::float8",
    "true, false, null::boolean, null::text, null::integer, ''::text",
    "'ä 日本 𝄞'::text, 'v'::varchar, 'c'::char(3), 'n'::name",
    "(-9223372036854775808)::int8, 1.50::numeric, 'NaN'::numeric",
    "date '2024-02-29', timestamptz '2024-02-29 12:00+00', timestamp 'infinity', interval '1 day'",
    `'{"a": [1, null]}'::json, '"text"'::jsonb, 'null'::jsonb`,
    "array[1, null, 3], array['a', null, '\"\\,{}'], array[true], array[1.5], array[]::uuid[]",
    "'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'::uuid, '\\x00ff'::bytea, point '(1,2)', '10.0.0.1'::inet",
    "row(1, 'a'), int4range(1, 5), xmlelement(name a), null::void",
    "1 as a, null as a",
  ])("hold the same values: %s", async (columns) => {
    const [simple, prepared] = await both(
      query(`select ${columns}`),
      query(`select ${columns} where $1::boolean`, true),
    );
    expect(simple).toHaveLength(1);
    expect(prepared).toEqual(simple);
  });

  it("are as a scenario expects them", async () => {
    const [rows] = await both(
      query("select 7 as number, -1.5::float8 as float, true as yes, 'ä' as text, 8::int8 as big"),
    );
    expect(rows).toEqual([{ number: 7, float: -1.5, yes: true, text: "ä", big: "8" }]);
  });

  it("have their columns in one order, whatever their names, of which equal ones are one", async () => {
    const sql = `select 1 as b, 2 as a, 3 as "__proto__", 4 as "7", 5 as "ä", 6 as b`;
    const entries = Object.entries({ 7: 4, b: 6, a: 2, ["__proto__"]: 3, ä: 5 });
    for (const driver of drivers) {
      const { perform } = await openSession(driver, database.address);
      const [row] = await perform(query(sql));
      expect(Object.entries(row ?? {})).toEqual(entries);
    }
  });

  it("may be none, have no columns, and be a hundred thousand", async () => {
    const many = "select n, 'row ' || n as label from generate_series(1, $1::integer) n";
    const [none, columnless, all] = await both(query(many, 0), query("select"), query(many, 1e5));
    expect([none, columnless]).toEqual([[], [{}]]);
    expect(all).toHaveLength(100_000);
    expect((all as readonly unknown[]).at(-1)).toEqual({ n: 100_000, label: "row 100000" });
  });

  it("may be of twenty megabytes, among small ones", async () => {
    const sql = "select repeat('ä', n) as text from (values (1), ($1::integer), (2)) v (n)";
    const [rows] = await both(query(sql, 10_000_000));
    const sizes = (rows as readonly { text: string }[]).map(({ text }) => text.length);
    expect(sizes).toEqual([1, 10_000_000, 2]);
  });
});
