import { describe, expect, it } from "vitest";
import { shownQuery } from "../../../src/observe/snapshots/statements.ts";

describe("the text of a statement", () => {
  it.each([
    ["select $1,\n  name /* loadgen:look */", "select $1, name"],
    ["alter role a password 'hunter2'", "alter role a password '…'"],
    ["select E'hunter\\'2', $$hunter2$$, $x$hunter2$x$", "select '…', '…', '…'"],
    ["do $$ begin perform 'hunter2'; end $$", "do '…'"],
    ['select 1 -- hunter2\n, "Name"', 'select 1 , "Name"'],
    ["create role a password 'hunter2 cut", "create role a password '…'"],
    ["select $body$ hunter2 cut", "select '…'"],
    ["select 1 /* hunter2 cut", "select 1"],
  ])("%j is kept without literals and comments", (text, shown) => {
    expect(shownQuery(text)).toBe(shown);
  });

  it("is cut", () => {
    expect(shownQuery("select ".repeat(100))).toHaveLength(300);
    expect(shownQuery("select ".repeat(100))).toMatch(/…$/);
  });
});
