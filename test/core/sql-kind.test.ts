import { expect, it } from "vitest";
import { endsTransaction, isExplainable, withoutRowLocks } from "../../src/core/sql-kind.ts";

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

it.each([
  ["select a from b for update", "select a from b "],
  ['select a from b\nFOR NO KEY UPDATE of b, "for" -- so\n skip locked;', "select a from b\n"],
  [
    "with c as (select 1 for share) select a for key share for update nowait",
    "with c as (select 1 for share) select a ",
  ],
])("reads the rows of %j without locking them", (sql, without) =>
  expect(withoutRowLocks(sql)).toBe(without),
);

it.each([
  "select a from b",
  "select 'x for update'",
  "select substring(a from 1 for 2) from b",
  "select a from (select 1 for update) as b",
  "select a from b for update limit 1",
])("sees no locking clause at the end of %j", (sql) => expect(withoutRowLocks(sql)).toBeNull());
