import { describe, expect, it } from "vitest";
import { type Fate, Fates, nameText, type Part } from "../../src/core/fates.ts";

function part(given: Partial<Part> = {}): Part {
  const first = { phase: "measured", owner: 0, number: 0, part: 0, attempt: 1 } as const;
  return { ...first, digest: 2 ** 52 - 1, ...given };
}

function listed(fates: Fates): readonly (readonly [Part, Fate])[] {
  return Array.from({ length: fates.length }, (_, at) => [fates.partAt(at), fates.fateAt(at)]);
}

const all: readonly (readonly [Part, Fate])[] = [
  [part({ owner: 9_999, number: 2_000_000 }), "acknowledged"],
  [part({ phase: "warmup", part: 3, attempt: 2, digest: 0 }), "refused"],
  [part({ owner: "arrival", number: 5 }), "unknown"],
];

describe("fates", () => {
  it("gives back what was added", () => {
    const fates = new Fates();
    for (const [one, fate] of all) fates.add(one, fate);
    expect(listed(fates)).toEqual(all);
  });

  it("survives a message, and joins what several threads know", () => {
    const threads = all.map(([one, fate]) => {
      const fates = new Fates();
      fates.add(one, fate);
      return structuredClone(fates.toArrays());
    });
    expect(listed(Fates.from(threads))).toEqual(all);
    expect(Fates.from([]).length).toBe(0);
  });

  it("holds a million", () => {
    const fates = new Fates();
    for (let number = 0; number < 1_000_000; number++) fates.add(part({ number }), "acknowledged");
    expect(fates.length).toBe(1_000_000);
    expect(fates.partAt(999_999)).toEqual(part({ number: 999_999 }));
    expect(fates.toArrays().codes.length).toBe(1_000_000);
  });

  it("calls a transaction by session or arrival, and says where it is of the warm-up", () => {
    expect(nameText(part({ owner: 3, number: 5 }))).toBe("session 3's transaction 5");
    expect(nameText(part({ owner: "arrival", number: 8, phase: "warmup" }))).toBe(
      "arrival 8's transaction of the warm-up",
    );
  });
});
