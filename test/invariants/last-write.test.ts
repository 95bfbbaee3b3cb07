import { describe, expect, it } from "vitest";
import type { Candidate, LastWrite } from "../../src/core/last-writes.ts";
import { LastWriteCheck, resolved, type Value } from "../../src/invariants/last-write.ts";

const registers = { noun: "document", items: "references", values: "" };

function candidate(owner: number, value: Value, acknowledgedMs: number | null = 10): Candidate {
  return { phase: "measured", owner, number: 5, beganMs: 0, acknowledgedMs, value };
}

function lastWrite(...candidates: readonly Candidate[]): LastWrite {
  return { key: "17", candidates };
}

function check(known: LastWrite, value: Value) {
  const one = new LastWriteCheck(registers, 0);
  one.saw(known, value);
  return one.end()!;
}

const both = lastWrite(candidate(3, ["a", "b"]), candidate(1, ["c"]));

describe("last-write-wins", () => {
  it.each([[["b", "a"]], [["c"]]])("holds where %j is left", (value) => {
    expect(check(both, value)).toMatchObject({ name: "last-write-wins", ok: true });
  });

  it("is broken where two transactions' writes are left, and names both", () => {
    const { ok, evidence } = check(both, ["a", "b", "c"]);
    expect(ok).toBe(false);
    expect(evidence).toContain(
      "document 17 holds 3 references: all 2 of session 3's transaction 5 and all 1 of session 1's transaction 5",
    );
  });

  it("is broken by a write that is left twice", () => {
    const twice = lastWrite(candidate(3, ["a"]), candidate(1, ["a"]));
    expect(check(twice, ["a", "a"]).evidence).toContain(
      "holds 2 references: all 1 of session 3's transaction 5 and all 1 of session 1's",
    );
  });

  it("is broken by a write of which something is missing, or that is gone", () => {
    const one = lastWrite(candidate(3, ["a", "b"]));
    expect(check(one, ["a"]).evidence).toContain("1 of 2 of session 3's transaction 5");
    expect(check(one, null).evidence).toContain("document 17 is gone");
  });

  it("tells nothing left from gone", () => {
    const removed = lastWrite(candidate(3, null));
    expect(check(removed, null).ok).toBe(true);
    expect(check(removed, []).ok).toBe(false);
    expect(check(lastWrite(candidate(3, [])), null).ok).toBe(false);
  });

  it("says nothing where it saw nothing", () => {
    expect(new LastWriteCheck(registers, 0).end()).toBeNull();
  });

  it("says how many were written that it did not see, and passes nothing on their word", () => {
    const passed = new LastWriteCheck(registers, 4);
    passed.saw(both, ["c"]);
    expect(passed.end()?.evidence).toBe(
      "Each of 1 document written by the run holds the references of one transaction that no later one followed; 4 more were written and not looked at.",
    );
    const broken = new LastWriteCheck(registers, 4);
    broken.saw(both, ["x"]);
    expect(broken.end()?.evidence).toMatch(/; 4 more were written and not looked at$/);
    expect(new LastWriteCheck(registers, 4).end()).toMatchObject({ ok: null });
  });

  it("shows three and counts the rest", () => {
    const many = new LastWriteCheck(registers, 0);
    for (let key = 0; key < 5; key++) many.saw({ ...both, key: String(key) }, ["x"]);
    expect(many.end()?.evidence).toMatch(/^5 of 5 documents .*; and 2 more$/);
  });
});

describe("unknown outcomes", () => {
  const unknown = candidate(1, ["c"], null);
  const known = [lastWrite(candidate(3, ["a"]), unknown), { key: "18", candidates: [unknown] }];

  it("may be left or not without a ledger, and keys of theirs alone are not asked for", () => {
    const [only, ...others] = resolved(known, null);
    expect(others).toEqual([]);
    expect(check(only!, ["c"]).ok).toBe(true);
    expect(check(only!, ["a"]).ok).toBe(true);
    expect(check(only!, ["a", "c"]).evidence).toContain("(outcome unknown)");
  });

  it("are resolved by a ledger", () => {
    const [rolledBack, ...none] = resolved(known, new Set());
    expect(none).toEqual([]);
    expect(check(rolledBack!, ["c"]).ok).toBe(false);
    const committed = resolved(known, new Set(["session 1's transaction 5"]));
    expect(committed.map(({ key }) => key)).toEqual(["17", "18"]);
    expect(check(committed[1]!, ["x"]).ok).toBe(false);
  });
});
