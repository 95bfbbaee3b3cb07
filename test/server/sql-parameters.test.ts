import { describe, expect, it } from "vitest";
import { withParameters } from "../../src/server/sql-parameters.ts";

const parameters = { documents: 2000, partitions: 16 };
const replaced = (sql: string) => withParameters(sql, parameters);

describe("parameters in SQL text", () => {
  it("are replaced where they stand alone", () => {
    expect(replaced("select :documents, 0..:partitions - 1, x+:documents;")).toBe(
      "select 2000, 0..16 - 1, x+2000;",
    );
  });

  it("are replaced in the body of a function", () => {
    expect(replaced("do $$ begin perform :partitions::int; end $$")).toBe(
      "do $$ begin perform 16::int; end $$",
    );
  });

  it.each([
    ["a cast", "select x::documents"],
    ["a string", "select ':documents', 'it''s :documents'"],
    ["a string with backslashes", String.raw`select e'it\'s :documents'`],
    ["a quoted name", `select ":documents"`],
    ["a comment to the end of the line", "select 1 -- don't use :documents\n"],
    ["a comment in between", "select /* isn't\n:documents */ 1"],
    ["a name that is no parameter", "select a[1:n], :other, :documentsMax"],
    ["a name that every object has", "select :constructor"],
  ])("are left alone in %s", (_where, sql) => {
    expect(replaced(sql)).toBe(sql);
  });

  it("are found again after a string or a comment with a quote in it", () => {
    expect(replaced("select 'a', :documents -- don't\n, :partitions")).toBe(
      "select 'a', 2000 -- don't\n, 16",
    );
  });

  it("must be whole numbers", () => {
    expect(() => withParameters("select :documents", { documents: 1.5 })).toThrow(RangeError);
  });
});
