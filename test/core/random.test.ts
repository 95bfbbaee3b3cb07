import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { namedStream, ownerNumber, Random, transactionStream } from "../../src/core/random.ts";

function fourOf(stream: Random): number[] {
  return [0, 1, 2, 3].map(() => stream.below(1_000_000));
}

describe("an owner", () => {
  it("is the session, or whose turn an arrival would be", () => {
    expect(ownerNumber(7, 3, 4)).toBe(7);
    expect([0, 3, 4, 9].map((number) => ownerNumber("arrival", number, 4))).toEqual([0, 3, 0, 1]);
  });
});

describe("streams", () => {
  it("draw what they have always drawn: other values would change every stored run", () => {
    expect(fourOf(transactionStream(12345, "measured", 0, 0))).toEqual([
      718879, 540117, 964174, 915334,
    ]);
    expect(fourOf(transactionStream(12345, "measured", 0, 1))).toEqual([
      649258, 45866, 238598, 228815,
    ]);
    expect(fourOf(transactionStream(12345, "measured", 1, 0))).toEqual([
      52391, 614125, 651470, 27215,
    ]);
    expect(fourOf(transactionStream(12345, "measured", "arrival", 0))).toEqual([
      470971, 863568, 399761, 417375,
    ]);
    expect(fourOf(transactionStream(12345, "warmup", 0, 0))).toEqual([
      972843, 128605, 160932, 618506,
    ]);
    expect(fourOf(namedStream(12345, "retry", 0, 0))).toEqual([413579, 737033, 419917, 375257]);
  });

  it("shuffle and choose as they always have", () => {
    expect(new Random("golden").shuffled([0, 1, 2, 3, 4, 5, 6, 7])).toEqual([
      6, 3, 2, 4, 7, 1, 5, 0,
    ]);
    expect(new Random("golden").distinctBelow(100, 6)).toEqual([22, 17, 84, 3, 27, 74]);
  });

  it("are apart by seed, phase, owner and number", () => {
    const streams = [
      transactionStream(1, "measured", 1, 1),
      transactionStream(2, "measured", 1, 1),
      transactionStream(1, "warmup", 1, 1),
      transactionStream(1, "measured", 2, 1),
      transactionStream(1, "measured", "arrival", 1),
      transactionStream(1, "measured", 1, 2),
      transactionStream(1, "measured", 11, 1),
      transactionStream(1, "measured", 1, 11),
    ];
    const drawn = streams.map((stream) => fourOf(stream).join());
    expect(new Set(drawn).size).toBe(streams.length);
  });
});

describe("Random", () => {
  const key = fc.string();

  it("draws within its bounds, both ends included", () => {
    fc.assert(
      fc.property(key, fc.integer({ min: -1000, max: 1000 }), fc.nat(50), (text, min, span) => {
        const drawn = new Random(text).between(min, min + span);
        return Number.isInteger(drawn) && drawn >= min && drawn <= min + span;
      }),
    );
    const random = new Random("ends");
    const seen = new Set(Array.from({ length: 200 }, () => random.between(1, 3)));
    expect([...seen].sort()).toEqual([1, 2, 3]);
  });

  it("draws different integers, as many as wanted, all below the limit", () => {
    fc.assert(
      fc.property(key, fc.integer({ min: 0, max: 60 }), fc.nat(60), (text, limit, wanted) => {
        const count = Math.min(wanted, limit);
        const drawn = new Random(text).distinctBelow(limit, count);
        return new Set(drawn).size === count && drawn.every((value) => value >= 0 && value < limit);
      }),
    );
  });

  it("draws independently from streams whose keys differ in their last character alone", () => {
    const firsts = Array.from({ length: 4000 }, (_, number) =>
      transactionStream(12345, "measured", 0, number).below(1_000_000),
    );
    const pairs = firsts.slice(1).map((first, index) => [first, firsts[index] ?? 0] as const);
    const inQuarter = pairs.filter(([one, other]) => one < 500_000 && other < 500_000).length;
    // A quarter of them expected; neighbours share one draw, so the deviation is a little above 27.
    expect(Math.abs(inQuarter - 1000)).toBeLessThan(200);
  });

  it("gives each integer the same chance to be among the distinct ones", () => {
    const times = new Map<number, number>();
    const random = new Random("fair");
    for (let round = 0; round < 4000; round++) {
      for (const value of random.distinctBelow(8, 2)) times.set(value, (times.get(value) ?? 0) + 1);
    }
    // 1 000 expected each, standard deviation 27: five of them are allowed.
    for (const count of times.values()) expect(Math.abs(count - 1000)).toBeLessThan(140);
    expect(times.size).toBe(8);
  });

  it("shuffles a copy and keeps every item", () => {
    fc.assert(
      fc.property(key, fc.array(fc.nat()), (text, items) => {
        const before = [...items];
        const shuffled = new Random(text).shuffled(items);
        expect(items).toEqual(before);
        expect([...shuffled].sort()).toEqual([...before].sort());
      }),
    );
  });

  it("refuses what cannot be drawn", () => {
    expect(() => new Random("x").pick([])).toThrow(RangeError);
    expect(() => new Random("x").distinctBelow(3, 4)).toThrow(RangeError);
  });
});
