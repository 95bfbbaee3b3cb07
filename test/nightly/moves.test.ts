import { describe, expect, it } from "vitest";
import { judgeRuns } from "../../src/nightly/judge.ts";
import { movesOf } from "../../src/nightly/moves.ts";
import type { Move } from "../../src/nightly/result.ts";
import { isFreshRegression } from "../../src/nightly/verdict.ts";
import { earlierRuns, nightAt, nights, runLine } from "./nights.ts";

/** The last level is tonight's. */
function moves(levels: readonly number[]): readonly Move[] {
  const earlier = earlierRuns(levels.slice(0, -1));
  const run = runLine(levels.at(-1) ?? NaN);
  const input = { run, primary: "throughput", earlier, remembered: [], differences: [] };
  const [judgement = { kind: "not-judged", why: "" } as const] = judgeRuns([input]);
  return movesOf({ ...input, at: nightAt(levels.length - 1), judgement });
}

function settled(levels: readonly number[]): readonly Move[] {
  return moves(levels).filter(({ isWeak, primary }) => !isWeak && primary);
}

describe("the nights of a run", () => {
  it("tell from 30 on when a figure moved, and by how much", () => {
    const [move, ...more] = settled([...nights(30, 100), ...nights(5, 80)]);
    expect(more).toEqual([]);
    expect(move).toMatchObject({
      figure: "throughput",
      at: nightAt(30),
      nightsAgo: 4,
      isWorse: true,
    });
    expect((move?.after ?? 0) / (move?.before ?? 1)).toBeCloseTo(0.8, 1);
    expect(move && isFreshRegression(move)).toBe(true);
  });

  it("tell nothing of it with fewer", () => {
    expect(settled([...nights(24, 100), ...nights(5, 80)])).toEqual([]);
    expect(settled([...nights(24, 100), ...nights(6, 80)])).toHaveLength(1);
  });

  it("have not moved where nothing changed, nor where it is too little to matter", () => {
    expect(moves(nights(60, 100))).toEqual([]);
    expect(settled([...nights(60, 100), ...nights(60, 97)])).toEqual([]);
  });

  it("are looked at by the same draw every night, or a mark would come and go without a cause", () => {
    // So close to what chance explains that the draw decides: found by trying, with that of every night.
    const loud = Array.from({ length: 30 }, (_, night) => (night % 2 === 0 ? 105 : 95));
    const found = [86, 89].map((level, index) =>
      settled([...loud, ...nights(3 + 2 * index, level)]),
    );
    expect(found.map((moved) => moved.map(({ at }) => at))).toEqual([[nightAt(30)], [nightAt(30)]]);
  });

  it("make no alarm of what moved long ago, or for the better", () => {
    const [old] = settled([...nights(30, 100), ...nights(9, 80)]);
    expect(old && isFreshRegression(old)).toBe(false);
    const [better] = settled([...nights(30, 100), ...nights(4, 120)]);
    expect(better).toMatchObject({ isWorse: false });
    expect(better && isFreshRegression(better)).toBe(false);
  });

  it("call what tonight alone has weak", () => {
    const found = moves([...nights(40, 100), 70]);
    expect(found).toContainEqual(
      expect.objectContaining({ figure: "throughput", isWeak: true, isWorse: true, nightsAgo: 0 }),
    );
    expect(found.filter(isFreshRegression)).toEqual([]);
  });
});
