import { expect, it } from "vitest";
import { endsTransaction, isExplainable } from "../../src/core/sql-kind.ts";

it.each([
  "commit",
  " END;",
  "-- so\nabort",
  "rollback",
  "select 1; commit",
  "prepare transaction 'a'",
])("knows that %j ends its transaction", (sql) => expect(endsTransaction(sql)).toBe(true));

it.each([
  "rollback to savepoint a",
  "prepare a as select 1",
  "select 'commit'",
  "select 1 as commit",
  "do $$ begin perform 1; end $$",
  "savepoint commit",
])("knows that %j does not", (sql) => expect(endsTransaction(sql)).toBe(false));

it("knows what EXPLAIN takes", () => {
  expect(
    ["select 1", "/* a */ With a as (select 1) table a", "(select 1)"].every(isExplainable),
  ).toBe(true);
  expect(["savepoint a", "call a()", "do 'a'", "set a = 1", ""].some(isExplainable)).toBe(false);
});
