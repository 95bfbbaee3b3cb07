import { describe, expect, it } from "vitest";
import { statement } from "../../src/core/step.ts";

describe("statement", () => {
  it("sends its SQL as it is, but for the white space around it", () => {
    const sql = "select 'two  blanks\n and a line' -- a comment\n  from public.item";
    expect(statement("read", `\n  ${sql}\n`).sql).toBe(sql);
  });
});
