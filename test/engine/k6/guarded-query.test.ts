import { describe, expect, it } from "vitest";
import { statement } from "../../../src/core/step.ts";
import { queryOf } from "../../../src/engine/k6/script/guarded-query.ts";

function counted(sql: string) {
  const query = queryOf(statement("read", sql));
  if (query.kind !== "counted") throw new Error(`${sql}: ${query.kind}`);
  return query;
}

/** Two columns: an int4 and an int8, as the server describes them. */
const described = `0000000200000017ffffffff00000014ffffffff ["a","b"]`;
const guards = { loadgen_count: 2, loadgen_backend: 7 };
const first = { b: 2, a: 1, ...guards, loadgen_columns: described };
const second = { a: 3, b: 4, ...guards, loadgen_columns: null };

describe("a counted query", () => {
  it("has its rows in the columns' order, and asks for these once", () => {
    const query = counted("select a, b from t");
    expect(query.sql).toContain("loadgen_columns");
    const rows = query.check([first, second], 7);
    expect(JSON.stringify(rows)).toBe('[{"a":1,"b":"2"},{"a":3,"b":"4"}]');
    expect(query.sql).not.toContain("loadgen_columns");
    expect(query.check([{ a: 5, b: null, loadgen_count: 1, loadgen_backend: 7 }], 7)).toEqual([
      { a: 5, b: null },
    ]);
  });

  it("misses rows that never came, as when the network goes in the middle of them", () => {
    expect(counted("select a, b from t").check([first], 7)).toBe("shortened");
  });

  it("knows rows of another backend", () => {
    expect(counted("select a, b from t").check([first, second], 8)).toBe("replaced");
  });
});

describe("the way of a query", () => {
  it.each([
    ["select 1; -- one", "counted"],
    ["-- of\nselect 1", "counted"],
    ["with a as (select 1) select * from a", "counted"],
    ["with a as (delete from t returning b) insert into u select b from a", "rowless"],
    ["with a (x) as (select ')') select x into u from a", "bare"],
    ["insert into t values (1) returning a", "counted"],
    ["update t set a = 1", "rowless"],
    ["show all", "bare"],
    ["", "bare"],
  ])("%s: %s", (sql, kind) => {
    expect(queryOf(statement("one", sql)).kind).toBe(kind);
  });

  it("is none for several statements", () => {
    expect(() => queryOf(statement("two", "select 1; select 2"))).toThrow(/several statements/);
  });
});
