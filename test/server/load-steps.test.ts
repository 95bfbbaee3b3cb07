import { describe, expect, it } from "vitest";
import { onlyBuildsIndexes } from "../../src/server/load-steps.ts";

describe("whether a script only builds indexes", () => {
  it.each([
    ["one or several", "create index a on t (x);\n-- create table\nCREATE  INDEX b on t (y)", true],
    ["a unique one, which is a key", "create unique index a on t (x);", false],
    ["something beside it", "create index a on t (x); analyze t;", false],
    ["only its comment says so", "-- create index a on t (x);\n", false],
    ["nothing", " ;\n", false],
    ["a string with a semicolon, to be safe", "create index a on t (x) where y = ';'", false],
  ])("%s", (_, sql, answer) => {
    expect(onlyBuildsIndexes(sql)).toBe(answer);
  });
});
