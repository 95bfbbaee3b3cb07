import { describe, expect, it } from "vitest";
import { type Fate, Fates, type Part } from "../../src/core/fates.ts";
import { LedgerCheck } from "../../src/invariants/ledger.ts";

function part(number: number, given: Partial<Part> = {}): Part {
  const first = { phase: "measured", owner: 1, part: 0, attempt: 1 } as const;
  return { ...first, number, digest: number + 100, ...given };
}

const fates: readonly (readonly [Part, Fate])[] = [
  [part(0), "acknowledged"],
  [part(1), "acknowledged"],
  [part(1, { part: 1 }), "refused"],
  [part(2), "unknown"],
  [part(3, { owner: "arrival" }), "unknown"],
];

function check(seen: readonly (readonly [Part, number])[], known = fates) {
  const all = new Fates();
  for (const [one, fate] of known) all.add(one, fate);
  const ledgerCheck = new LedgerCheck(all);
  for (const [one, times] of seen) ledgerCheck.saw({ ...one, times });
  return { ...ledgerCheck.end(), committed: ledgerCheck.committedUnknown() };
}

const complete = [
  [part(0), 1],
  [part(1), 1],
  [part(2), 1],
] as const;

describe("nothing-lost", () => {
  it("holds where every acknowledged one is there once, and resolves the unknown ones", () => {
    const { result, invariant, committed } = check(complete);
    expect(result).toEqual({
      rows: 3,
      acknowledged: 2,
      lost: 0,
      doubled: 0,
      refusedButThere: 0,
      unplanned: 0,
      unknown: { committed: 1, rolledBack: 1 },
    });
    expect(invariant).toMatchObject({ name: "nothing-lost", ok: true });
    expect([...committed]).toEqual(["session 1's transaction 2"]);
  });

  it("is broken by one that is missing", () => {
    const { result, invariant } = check(complete.slice(1));
    expect(result).toMatchObject({ lost: 1, rows: 2 });
    expect(invariant?.ok).toBe(false);
    expect(invariant?.evidence).toBe(
      "of 2 acknowledged transactions: 1 lost. For example, session 1's transaction 0 (part 0) was acknowledged and is not there.",
    );
  });

  it("is broken by one that is there twice", () => {
    const { result, invariant } = check([...complete.slice(1), [part(0), 2]]);
    expect(result).toMatchObject({ doubled: 1, lost: 0, rows: 4 });
    expect(invariant?.evidence).toContain(
      "session 1's transaction 0 (part 0) is there more than once",
    );
  });

  const unknownFirst = [part(5), "unknown"] as const;
  const again = part(5, { part: 1, attempt: 2 });

  it.each(["acknowledged", "unknown"] as const)(
    "is broken by one that was tried again though it may have committed, and had: %s",
    (fate) => {
      const known = [unknownFirst, [again, fate]] as const;
      const { result, invariant } = check(
        [
          [again, 1],
          [part(5), 1],
        ],
        known,
      );
      expect(result).toMatchObject({ doubled: 1, lost: 0 });
      expect(invariant?.ok).toBe(false);
      expect(invariant?.evidence).toContain(
        "session 1's transaction 5 (part 1) is there beside part 0 of an earlier attempt",
      );
    },
  );

  it.each<[string, readonly (readonly [Part, Fate])[], readonly Part[]]>([
    ["had not committed", [unknownFirst, [again, "acknowledged"]], [again]],
    ["is not there again", [unknownFirst, [again, "refused"]], [part(5)]],
    [
      "is followed by another part of its attempt",
      [unknownFirst, [part(5, { part: 1 }), "acknowledged"]],
      [part(5), part(5, { part: 1 })],
    ],
    [
      "was acknowledged, when another part was refused",
      [
        [part(5), "acknowledged"],
        [part(5, { part: 1 }), "refused"],
        [part(5, { part: 2, attempt: 2 }), "acknowledged"],
      ],
      [part(5), part(5, { part: 2, attempt: 2 })],
    ],
    [
      "is another transaction's",
      [unknownFirst, [part(6, { part: 1, attempt: 2 }), "acknowledged"]],
      [part(5), part(6, { part: 1, attempt: 2 })],
    ],
  ])("is not broken by what nobody knew of that %s", (_, known, seen) => {
    const { result } = check(
      seen.map((one) => [one, 1]),
      known,
    );
    expect(result).toMatchObject({ doubled: 0, lost: 0, refusedButThere: 0, unplanned: 0 });
  });

  it("is broken by one that was refused and is there", () => {
    const { result, invariant } = check([...complete, [part(1, { part: 1 }), 1]]);
    expect(result).toMatchObject({ refusedButThere: 1 });
    expect(invariant?.evidence).toContain("(part 1) was refused and is there");
  });

  it.each([
    ["number", part(77)],
    ["part", part(0, { part: 5 })],
    ["session", part(0, { owner: 4 })],
    ["phase", part(0, { phase: "warmup" })],
    ["negative number", part(-1)],
  ])("is broken by one of another %s, which nobody planned", (_, stranger) => {
    const { result, invariant } = check([...complete, [stranger, 1]]);
    expect(result).toMatchObject({ unplanned: 1, lost: 0 });
    expect(invariant?.ok).toBe(false);
  });

  it("is broken by other decisions under the same name: the right ones are lost", () => {
    const { result } = check([...complete.slice(1), [part(0, { digest: 1 }), 1]]);
    expect(result).toMatchObject({ unplanned: 1, lost: 1 });
  });

  it("says nothing where nothing was written", () => {
    expect(check([], []).invariant).toBeNull();
    expect(check([], [[part(0), "refused"]]).invariant).toBeNull();
    expect(check([], [[part(0), "acknowledged"]]).invariant?.ok).toBe(false);
  });

  it("shows three examples and counts the rest", () => {
    const many = Array.from({ length: 10 }, (_, number) => [part(number), "acknowledged"] as const);
    const { result, invariant } = check([], many);
    expect(result.lost).toBe(10);
    expect(invariant?.evidence.match(/is not there/g)).toHaveLength(3);
  });
});
