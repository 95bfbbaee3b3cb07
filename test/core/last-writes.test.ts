import { describe, expect, it } from "vitest";
import {
  LastWrites,
  mergedLastWrites as mergedOf,
  threadClocksApartMs,
  type ToldWrites,
} from "../../src/core/last-writes.ts";

/** When a transaction of this session began and was acknowledged. */
type Span = readonly [session: number, beganMs: number, acknowledgedMs: number | null];

const write = (key: string) => ({ key, value: () => ["item"] });

function told(spans: readonly Span[], key = "17") {
  const lastWrites = new LastWrites();
  for (const [owner, beganMs, acknowledgedMs] of spans) {
    const ended = { phase: "measured", owner, number: 0, beganMs, acknowledgedMs } as const;
    lastWrites.add([write(key)], ended);
  }
  return lastWrites.toTell();
}

function sessionsIn(all: ReturnType<typeof told>): readonly unknown[] {
  return all.writes.flatMap(({ candidates }) => candidates.map(({ owner }) => owner));
}

const mergedLastWrites = (told: readonly ToldWrites[]) => mergedOf(told, threadClocksApartMs);

describe("last writes", () => {
  it("drops what was followed by one that began after its acknowledgement", () => {
    const all = told([
      [1, 0, 10],
      [2, 11, 20],
    ]);
    expect(sessionsIn(all)).toEqual([2]);
    expect(all.writes[0]).toMatchObject({ key: "17", candidates: [{ value: ["item"] }] });
  });

  it("keeps those that overlap, and all who may have committed", () => {
    const overlapping = told([
      [1, 0, 10],
      [2, 9, 20],
    ]);
    expect(sessionsIn(overlapping)).toEqual([1, 2]);
    const unknown = told([
      [1, 0, null],
      [2, 30, 40],
      [3, 50, null],
    ]);
    expect(sessionsIn(unknown)).toEqual([1, 2, 3]);
  });

  it("lets nothing be followed by one whose outcome is unknown", () => {
    const all = told([
      [1, 0, 10],
      [2, 20, null],
    ]);
    expect(sessionsIn(all)).toEqual([1, 2]);
  });

  it("keeps keys apart", () => {
    const lastWrites = new LastWrites();
    const ended = {
      phase: "measured",
      owner: 1,
      number: 0,
      beganMs: 0,
      acknowledgedMs: 1,
    } as const;
    lastWrites.add([write("1"), write("2")], ended);
    expect(lastWrites.toTell().writes.map(({ key }) => key)).toEqual(["1", "2"]);
  });

  it("puts together what threads know, and drops what one of them followed in another", () => {
    const merged = mergedLastWrites([
      told([[1, 0, 10]]),
      told([[2, 11, 20]]),
      told([[3, 0, 1]], "5"),
    ]);
    expect(sessionsIn(merged)).toEqual([2, 3]);
  });

  it("does not trust two threads' clocks to a tenth of a millisecond", () => {
    const close = mergedLastWrites([told([[1, 0, 10]]), told([[2, 10.05, 20]])]);
    expect(sessionsIn(close)).toEqual([1, 2]);
    const sameThread = told([
      [1, 0, 10],
      [2, 10.05, 20],
    ]);
    expect(sessionsIn(mergedLastWrites([sameThread]))).toEqual([2]);
  });

  it("judges no order of two processes within what their clocks may differ by", () => {
    const [early, late] = [told([[1, 0, 10]]), told([[2, 1_005, 1_020]])];
    expect(sessionsIn(mergedOf([early, late], 1_000))).toEqual([1, 2]);
    expect(sessionsIn(mergedOf([early, late], 900))).toEqual([2]);
    expect(sessionsIn(mergedOf([early, late], Number.POSITIVE_INFINITY))).toEqual([1, 2]);
  });

  it("has nothing certain where all are unknown", () => {
    expect(sessionsIn(mergedLastWrites([told([[1, 0, null]]), told([[2, 5, null]])]))).toEqual([
      1, 2,
    ]);
  });
});

describe("last writes of more keys than can be told of", () => {
  const keys = Array.from({ length: 50_002 }, (_, at) => `k${100_000 + at}`);
  const [highest = "", ...others] = [...keys].reverse();

  /** All written once, and `contested` by another whose outcome is unknown. */
  function toldOf(owner: number, beganMs: number, inOrder: readonly string[], contested = "") {
    const lastWrites = new LastWrites();
    const began = { phase: "measured", number: 0, beganMs } as const;
    lastWrites.add(inOrder.map(write), { ...began, owner, acknowledgedMs: beganMs + 1 });
    const all = inOrder.filter((key) => key === contested).map(write);
    lastWrites.add(all, { ...began, owner: 9, acknowledgedMs: null });
    return lastWrites.toTell();
  }

  const keysIn = ({ writes }: ReturnType<typeof toldOf>) => writes.map(({ key }) => key);

  it("tells first of those that are contested, and names the rest", () => {
    const { writes, keysLeftOut } = toldOf(1, 0, keys, highest);
    expect(writes[0]).toMatchObject({ key: highest, candidates: [{ owner: 1 }, { owner: 9 }] });
    expect(writes).toHaveLength(50_000);
    expect(keysLeftOut).toHaveLength(2);
    expect(mergedLastWrites([{ writes, keysLeftOut }])).toEqual({ writes, keysLeftOut });
  });

  it("tells of the same ones in every thread, whatever came first there", () => {
    const merged = mergedLastWrites([toldOf(1, 0, keys), toldOf(2, 10, [highest, ...others])]);
    expect(merged.keysLeftOut).toEqual(keys.slice(-2));
    expect(keysIn(merged)).toEqual(keys.slice(0, -2));
    expect(new Set(sessionsIn(merged))).toEqual(new Set([2]));
  });

  it("keeps nothing of a key that was followed in a thread that left it out", () => {
    const merged = mergedLastWrites([toldOf(1, 0, keys, highest), toldOf(2, 10, keys)]);
    expect(keysIn(merged)).not.toContain(highest);
    expect(merged.keysLeftOut).toContain(highest);
    expect(new Set(sessionsIn(merged))).toEqual(new Set([2]));
  });
});
