/** Statements, parameters and rows. */
import type { Parameter, Scalar } from "../../../../src/core/step.ts";
import {
  begin,
  type Case,
  commit,
  ending,
  execute,
  isAlive,
  playing,
  type PlayStep,
  query,
  rollback,
} from "./play.ts";

const awkward = "'\"\\,{}NULL $1 -- /* ä 日本 𝄞 \ud800";

const parameters: readonly (readonly [string, Parameter])[] = [
  ["integer", 7],
  ["integer", -2_147_483_648],
  ["integer", -0],
  ["integer", "12"],
  ["bigint", "-9223372036854775808"],
  ["bigint", 9_007_199_254_740_991],
  ["numeric", 1e21],
  ["numeric", -0.1],
  ["numeric", 1.5e-7],
  ["numeric", 123_456_789.012_345_67],
  ["float8", Number.NaN],
  ["float8", -Infinity],
  ["float8", Infinity],
  ["float8", 5e-324],
  ["float8", 2.225e-308],
  ["float8", -1.797_693_134_862_315_7e308],
  ["text", 0.1],
  ["text", 1.5e-7],
  ["text", Infinity],
  ["text", 1e21],
  ["boolean", true],
  ["boolean", false],
  ["text", true],
  ["text", ""],
  ["text", awkward],
  ["text", null],
  ["uuid", "A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11"],
  ["date", "2024-02-29"],
  ["jsonb", '{"a": [1, null]}'],
  ["bytea", "\\x00ff"],
  ["smallint[]", [-32_768, 32_767, null]],
  ["integer[]", [-2_147_483_648, "2147483647", -0, null]],
  ["integer[]", []],
  ["integer[]", "{1,2}"],
  ["integer[]", null],
  ["bigint[]", ["-9223372036854775808", 2 ** 52, -1, null]],
  ["float8[]", [Number.NaN, -Infinity, 1.5, 0.1, 5e-324, 1e-7, null]],
  ["numeric[]", [1, "2.50", 0.1, -1.5e-7, null]],
  ["boolean[]", [true, false, null]],
  ["uuid[]", ["A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11", null]],
  ["text[]", ["", "NULL", null, awkward, 5, true, "{", "a,b"]],
  ["varchar[]", ["", "NULL", null, awkward]],
  ["jsonb[]", ['{"a": 1}', null]],
];

const wrong: readonly (readonly [string, Parameter, string])[] = [
  ["integer", "x", "22P02"],
  ["integer", 1.5, "22P02"],
  ["integer", 2 ** 31, "22003"],
  ["text", "a\0b", "22021"],
  ["integer[]", ["x"], "22P02"],
  ["integer[]", [1, 2 ** 31], "22003"],
  ["boolean[]", ["maybe"], "22P02"],
  ["text[]", ["a\0b"], "22021"],
];

/** Numbers whose shortest texts are of all lengths: quotients, from a fixed start. */
function fractions(count: number): readonly number[] {
  const values: number[] = [];
  for (let seed = 12_345; values.length < count;) {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
    const divisor = (seed >>> 7) + 1;
    const scale = [1, 1e-9, 1e9, 1e-300, 1e-320][seed % 5] as number;
    values.push((seed / divisor) * scale);
  }
  return values;
}

const parameterCases: readonly Case[] = [
  playing(
    "parameters arrive alike",
    ...parameters.map(([type, value]) =>
      query(`select $1::${type}::text as value, $1::${type} is null as nothing`, value),
    ),
  ),
  playing(
    "parameters arrive alike where no rows are wanted",
    execute("create temporary table kept (value text, at serial)"),
    ...parameters.map(([type, value]) =>
      execute(`insert into kept (value) values ($1::${type}::text)`, value),
    ),
    query("select value from kept order by at"),
  ),
  ...wrong.map(([type, value, code]) =>
    ending(
      [code, "1"],
      `a parameter that is no ${type} is refused by the server: ${JSON.stringify(value)}`,
      query(`select $1::${type}`, value),
      isAlive,
    ),
  ),
  playing(
    "fractions arrive as they are, alone and in arrays",
    ...Array.from({ length: 50 }, (_, at): PlayStep => {
      const values = fractions(20_000).slice(at * 400, at * 400 + 400);
      const sql = "select md5($1) as one, md5($2::text[]::text) as all";
      return query(sql, values[0] as Scalar, values);
    }),
  ),
  playing(
    "as many parameters as the protocol can count, and one more",
    query(countOf(500), ...ones(500)),
    execute(countOf(65_535), ...ones(65_535)),
    execute(countOf(65_536), ...ones(65_536)),
    isAlive,
  ),
  playing(
    "large parameters, a large statement and large rows",
    query(
      "select length($1::text) as text, cardinality($2::text[]) as count",
      "ä".repeat(1_000_000),
      ["ä".repeat(1_000_000), null],
    ),
    query(`select length('${"x".repeat(2_000_000)}') as length`),
    query("select length(repeat('ä', 10000000)) as length, repeat('ä', 100000) as text"),
  ),
];

function countOf(count: number): string {
  const places = Array.from({ length: count }, (_, index) => `$${index + 1}::integer`);
  return `select cardinality(array[${places.join()}]) as count`;
}

function ones(count: number): readonly number[] {
  return Array.from({ length: count }, () => 1);
}

const rowCases: readonly Case[] = [
  ...[
    "(-1)::int2, (-2147483648)::int4, 0::int4 as zero, 2147483647::int4 as most",
    "1.5::float4, 0.1::float4, 3.4028235e38::float4",
    "'NaN'::float8 a, '-Infinity'::float8 b, 5e-324::float8 c, -0.0::float8 d, 0.1::float8 e, 1e21::float8 f, 1e10::float8 g",
    "true a, false b, null::boolean c, null::text d, null::integer e, ''::text f, null g",
    "'ä 日本 𝄞'::text a, 'v'::varchar b, 'c'::char(3) c, 'n'::name d, 'c'::\"char\" e",
    "8::int8 a, (-9007199254740991)::int8 b, null::int8 c, 1.50::numeric d, 'NaN'::numeric e",
    "'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'::uuid a, pg_notify('c', 'x') b, 'sad'::mood c",
  ].map((columns) =>
    playing(`rows of ${columns}`, query(`select ${columns}`), query(`select ${columns}`)),
  ),
  playing(
    "columns come in one order, whatever their names, of which equal ones are one",
    ...Array.from({ length: 5 }, () =>
      query(`select 1 as b, 2 as a, 3 as "__proto__", 4 as "7", 5 as "ä", 6 as b, 7 as "c ""d"`),
    ),
  ),
  ending(
    ["0", "1", "3", "0", "2000", "0"],
    "rows are none, without columns, some, and many; and the empty statement has none",
    query("select 1 as n where $1", false),
    query("select"),
    query("select generate_series(1, 3) as n"),
    query("select n, 'row ' || n as label from generate_series(1, $1::integer) n", 0),
    query("select n, 'row ' || n as label from generate_series(1, $1::integer) n", 2000),
    query(""),
  ),
  playing(
    "rows keep their order inside the guard",
    query("select n, n % 7 as rest from generate_series(1, 500) n order by n % 7, n desc"),
    query("values (3, 'c'), (1, 'a'), (2, null)"),
    query("select n from generate_series(1, 9) n order by -n limit 3 offset 1"),
  ),
];

const statementCases: readonly Case[] = [
  ...(["read-committed", "repeatable-read", "serializable"] as const).map((isolation) =>
    playing(
      `begin at ${isolation}`,
      { kind: "begin", isolation },
      query("show transaction_isolation"),
      query("show transaction_read_only"),
      rollback,
    ),
  ),
  playing(
    "a query has rows, and nothing else has",
    begin,
    query("select $1::integer as n", 3),
    execute("select $1::integer as n", 3),
    { kind: "pause", ms: 1 },
    commit,
  ),
  playing(
    "what changes rows has those that it returns",
    begin,
    execute("create temporary table t (a integer primary key, b text) on commit drop"),
    query("insert into t values (1, 'x'), (2, 'y')"),
    query("insert into t values ($1, 'z') returning b, a", 3),
    query("update t set b = b || '!' where a < $1 returning a, b", 3),
    query("update t set b = b || '?'; "),
    query("insert into t values (1, 'x') on conflict (a) do update set b = 'again' returning *"),
    query("delete from t where a = 2 returning b -- gone"),
    query("delete from t where a = 2"),
    query("select * from t order by a for update"),
    query("table t"),
    query("select count(*)::int4 as count from t;"),
    commit,
    query("select to_regclass('t') is null as gone"),
  ),
  playing(
    "a WITH clause of its own, too",
    execute("create temporary table w (a integer, b text)"),
    query("with n as (select generate_series(1, 3) as a) select a, a * 2 as b from n order by a"),
    query(
      "with recursive n (a) as (select 1 union all select a + 1 from n where a < $1) select a from n",
      4,
    ),
    query("with gone as (delete from w returning a) insert into w select 1, 'x' returning a, b"),
    query("with new as (insert into w values (2, 'y') returning a) select a from new"),
    query(
      "with new as (insert into w values (3, 'z') returning a) insert into w select a from new",
    ),
    query("with new as materialized (select '(' as b) select b from new where b <> ')'"),
    query("select a, b from w order by a, b"),
  ),
  playing(
    "what no WITH clause takes",
    query("show search_path"),
    query("explain (costs off) select 1"),
    begin,
    execute("declare c cursor for select 1 as a, true as b, 'x'::text as c"),
    query("fetch c"),
    query("fetch c"),
    execute("savepoint mine"),
    query(
      "merge into merged using (values (1)) v (a) on false when not matched then insert values (1)",
    ),
    execute("rollback to savepoint mine"),
    query("call doubled(4, null)"),
    execute("set local timezone = 'UTC'"),
    query("create temporary table made as select 1 as a"),
    commit,
  ),
  playing(
    "several statements in one text, where no rows are wanted",
    execute(
      "create temporary table m (n integer); insert into m values (1); insert into m values (2)",
    ),
    query("select n from m order by n"),
    execute("insert into m values (3); select 1 / 0; insert into m values (4)"),
    query("select n from m order by n"),
  ),
  playing(
    "notices are nobody's rows",
    query("select noticed(3) as count"),
    execute("select noticed($1)", 2000),
    isAlive,
  ),
  playing(
    "outside BEGIN",
    execute("create table outside (a integer)"),
    query("insert into outside values (1) returning a"),
    execute("insert into outside values ($1)", 2),
    query("select 1 / (a - 1) from outside order by a desc"),
    query("select a from outside order by a"),
    execute("drop table outside"),
  ),
];

export const valueCases: readonly Case[] = [...statementCases, ...parameterCases, ...rowCases];
