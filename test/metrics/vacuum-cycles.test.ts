import { describe, expect, it } from "vitest";
import { namedStream } from "../../src/core/random.ts";
import { levelsOf, type TableReading } from "../../src/metrics/vacuum-cycles.ts";

/** Four readings a cycle: dead rows rise from a quarter of its peak to it, then a vacuum has ended. */
function sawtooth(
  peaks: readonly number[],
  bytes: (cycle: number) => number = () => 8192,
): readonly TableReading[] {
  return peaks.flatMap((peak, cycle) =>
    [1, 2, 3, 4, 0].map((quarter) => ({
      atMs: cycle * 5_000 + quarter * 1_000,
      vacuums: cycle + (quarter === 0 ? 1 : 0),
      deadTuples: (peak * quarter) / 4,
      tableBytes: bytes(cycle),
      indexBytes: 2 * bytes(cycle),
    })),
  );
}

const judged = (readings: readonly TableReading[]) => {
  const levels = levelsOf(readings, 1);
  if (levels.kind !== "judged") throw new Error(`not judged: ${levels.cycles} cycles`);
  return levels;
};

describe("dead rows and sizes over vacuum cycles", () => {
  it("level off where the peaks do, and sizes find theirs after the first cycles", () => {
    const sizes = [10, 80, 100, 101, 100, 101, 100].map((pages) => pages * 8192);
    const levels = judged(
      sawtooth([900, 1000, 1010, 990, 1000, 1005, 995], (cycle) => sizes[cycle] ?? 0),
    );
    expect(levels).toMatchObject({
      cycles: 6,
      deadTuples: { kind: "levels-off", level: 1000 },
      tableBytes: { kind: "levels-off", level: 100 * 8192 },
      indexBytes: { kind: "levels-off", level: 200 * 8192 },
    });
  });

  it("still grow where each cycle leaves more behind", () => {
    const peaks = [1, 2, 3, 4, 5, 6, 7].map((times) => 1000 * times);
    const levels = judged(sawtooth(peaks, (cycle) => 8192 * 1.1 ** cycle));
    expect(levels.deadTuples).toMatchObject({ kind: "grows", level: 6000 });
    expect(levels.deadTuples.growth).toBeCloseTo(1 / 6, 5);
    expect(levels.tableBytes).toMatchObject({ kind: "grows" });
    expect(levels.tableBytes.growth).toBeCloseTo(0.1, 2);
  });

  it("do not grow by a creep that does not matter, nor by one peak alone, nor when they shrink", () => {
    const kind = (...peaks: number[]) => judged(sawtooth(peaks)).deadTuples.kind;
    expect(kind(0, 1000, 1001, 1002, 1003, 1004, 1005)).toBe("levels-off");
    expect(kind(0, 1000, 1000, 1000, 1000, 9000, 1000)).toBe("levels-off");
    expect(kind(0, 6000, 5000, 4000, 3000, 2000, 1000)).toBe("levels-off");
    expect(kind(0, 0, 0, 0)).toBe("levels-off");
    expect(kind(0, 0, 10, 20)).toBe("grows");
  });

  it("are not judged from fewer than three cycles that began and ended in the run", () => {
    const none = { vacuums: 0, deadTuplesFirst: 0, deadTuplesLast: 0 };
    expect(levelsOf([], 0)).toEqual({ kind: "not-judged", cycles: 0, needed: 3, ...none });
    expect(levelsOf(sawtooth([8, 8, 8]).slice(0, -1), 1)).toEqual({
      ...{ kind: "not-judged", cycles: 1, needed: 3 },
      ...{ vacuums: 2, deadTuplesFirst: 2, deadTuplesLast: 8 },
    });
    expect(levelsOf(sawtooth([1, 2, 3]), 1)).toMatchObject({ cycles: 2, vacuums: 3 });
    expect(levelsOf(sawtooth([1, 2, 3, 4]), 1)).toMatchObject({ kind: "judged", cycles: 3 });
    const unvacuumed = sawtooth([1, 2, 3, 4]).map((one) => ({ ...one, vacuums: 7 }));
    expect(levelsOf(unvacuumed, 0)).toMatchObject({ kind: "not-judged", cycles: 0, vacuums: 0 });
  });

  it("have as many vacuums a cycle as partitions were vacuumed", () => {
    expect(levelsOf(sawtooth([1, 2, 3, 4, 5, 6, 7, 8]), 2)).toMatchObject({ cycles: 3 });
  });

  it("begin with what is dead as the vacuum before is over, however seldom that is looked at", () => {
    const seldom = [0, 10, 20, 30, 40].map((deadTuples, vacuums) => ({
      ...{ atMs: vacuums * 2_000, vacuums, deadTuples, tableBytes: 0, indexBytes: 0 },
    }));
    expect(judged(seldom)).toMatchObject({ cycles: 3, deadTuples: { level: 20 } });
  });

  it("begin anew where the count does, as for a table that was made anew", () => {
    const first = sawtooth([10, 10, 10]);
    const again = sawtooth([10, 10, 10]).map((one) => ({ ...one, atMs: one.atMs + 15_000 }));
    expect(levelsOf([...first, ...again], 1)).toMatchObject({ cycles: 5 });
  });

  it("are seldom called growing where they are noise", () => {
    const random = namedStream(1, "vacuum-cycles");
    // Evenly spread, of this standard deviation.
    const noisy = (share: number) =>
      1000 * (1 + (share * Math.sqrt(12) * (random.below(10_001) - 5_000)) / 10_000);
    const growing = (count: number, share: number) => {
      const series = Array.from({ length: 400 }, () =>
        sawtooth(Array.from({ length: count + 1 }, () => noisy(share))),
      );
      return series.filter((one) => judged(one).deadTuples.kind === "grows").length / series.length;
    };
    for (const [count, most, mostOfLoud] of [
      [3, 0.08, 0.2],
      [6, 0.08, 0.18],
      [10, 0.05, 0.14],
      [20, 0.02, 0.03],
    ] as const) {
      expect(growing(count, 0.05)).toBeLessThan(most);
      expect(growing(count, 0.2)).toBeLessThan(mostOfLoud);
    }
  });
});
