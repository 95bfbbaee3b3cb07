import { describe, expect, it } from "vitest";
import { mayCommit, statement } from "../../src/core/step.ts";

describe("mayCommit", () => {
  const sql = statement("write", "select 1");
  const sent = { kind: "query", statement: sql, parameters: [] } as const;

  it("is said of COMMIT and of a statement that is its own commit", () => {
    expect(mayCommit({ kind: "commit" })).toBe(true);
    expect(mayCommit({ ...sent, commits: true })).toBe(true);
  });

  it("is said of nothing else", () => {
    expect(mayCommit({ ...sent, commits: false })).toBe(false);
    expect(mayCommit({ kind: "begin", isolation: "serializable" })).toBe(false);
    expect(mayCommit({ kind: "rollback" })).toBe(false);
    expect(mayCommit({ kind: "pause", ms: 1 })).toBe(false);
  });
});

describe("statement", () => {
  it("puts its SQL on one line", () => {
    expect(statement("read", "\n  select 1\n    from public.item\n").sql).toBe(
      "select 1 from public.item",
    );
  });
});
