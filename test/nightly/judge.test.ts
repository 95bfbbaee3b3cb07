import { describe, expect, it } from "vitest";
import { type JudgedRun, judgeRuns, lostFigure } from "../../src/nightly/judge.ts";
import type { EarlierRun } from "../../src/nightly/level.ts";
import type { Judgement, RunLine } from "../../src/nightly/result.ts";
import { earlierRuns, nights, runLine } from "./nights.ts";

function judgedRun(throughput: number, changes: Partial<JudgedRun> = {}): JudgedRun {
  return {
    run: runLine(throughput),
    primary: "throughput",
    earlier: earlierRuns(nights(10, 100)),
    remembered: [],
    differences: [],
    ...changes,
  };
}

function only(run: JudgedRun): Judgement {
  const [judgement] = judgeRuns([run]);
  if (judgement === undefined) throw new Error("no judgement");
  return judgement;
}

function verdicts(...runs: readonly JudgedRun[]): readonly string[] {
  return judgeRuns(runs).map((one) => (one.kind === "judged" ? one.verdict : one.why));
}

describe("a run of tonight", () => {
  it("that is much slower than the nights before is found to be, with its figure and interval", () => {
    const judgement = only(judgedRun(70));
    expect(judgement).toMatchObject({ kind: "judged", verdict: "slower", nights: 10 });
    if (judgement.kind !== "judged") throw new Error("not judged");
    const [primary] = judgement.figures;
    expect(primary).toMatchObject({ name: "throughput", primary: true });
    expect(primary?.ratio).toBeCloseTo(0.7, 1);
    expect(primary?.low).toBeLessThan(primary?.ratio ?? 0);
  });

  it("that is as ever is the same, and a faster one is faster", () => {
    const earlier = earlierRuns(nights(40, 100));
    expect(verdicts(judgedRun(100, { earlier }))).toEqual(["same"]);
    expect(verdicts(judgedRun(140))).toEqual(["faster"]);
  });

  it("that is a little slower amid noise is neither", () => {
    const earlier = earlierRuns([90, 110, 95, 105, 92, 108]);
    expect(verdicts(judgedRun(94, { earlier }))).toEqual(["unstable"]);
  });

  it("is an alarm only if it stands among all runs of the night", () => {
    const slower = judgedRun(94);
    expect(verdicts(slower)).toEqual(["slower"]);
    const others = Array.from({ length: 30 }, () => judgedRun(100));
    expect(verdicts(slower, ...others)[0]).toBe("unstable");
    const notJudged = Array.from({ length: 30 }, () => judgedRun(100, { earlier: [] }));
    expect(verdicts(slower, ...notJudged)[0]).toBe("slower");
    expect(verdicts(...notJudged, slower).at(-1)).toBe("slower");
  });

  it("is not judged before there are enough nights on its ground", () => {
    expect(verdicts(judgedRun(50, { earlier: [] }))).toEqual(["first night of 4"]);
    expect(verdicts(judgedRun(50, { earlier: earlierRuns(nights(3, 100)) }))).toEqual([
      "3 nights of 4",
    ]);
    const elsewhere = earlierRuns(nights(9, 100), { ground: "there" });
    expect(verdicts(judgedRun(50, { earlier: elsewhere }))[0]).toMatch(
      /^first night of 4 on this ground, for 9 nights before had another machine/,
    );
  });

  it("is judged with equal runs that are remembered where the nights are too few", () => {
    const earlier = earlierRuns(nights(1, 100));
    const remembered = [[98, 99, 101, 102].map((throughput) => ({ throughput }))];
    const judgement = only(judgedRun(50, { earlier, remembered }));
    expect(judgement).toMatchObject({ verdict: "slower", nights: 1, remembered: 4 });
    // Later they still add to what four nights can tell.
    expect(only(judgedRun(50, { remembered }))).toMatchObject({ nights: 10, remembered: 4 });
    const four = earlierRuns(nights(4, 100));
    const [alone, together] = [[], remembered].map((groups) => {
      const found = only(judgedRun(100, { earlier: four, remembered: groups }));
      if (found.kind !== "judged") throw new Error("not judged");
      const [primary] = found.figures;
      return (primary?.high ?? NaN) - (primary?.low ?? NaN);
    });
    expect(together).toBeLessThan(alone ?? NaN);
  });

  it("is judged whatever its variant, but not if it is no evidence", () => {
    const run: RunLine = runLine(60, { variant: "slowed" });
    expect(verdicts(judgedRun(60, { run }))).toEqual(["slower"]);
    const none = runLine(60, { figures: {}, exitCode: 96 });
    expect(verdicts(judgedRun(60, { run: none }))).toEqual([
      "no evidence tonight, it ended with 96",
    ]);
    const short = runLine(60, { figures: { p50: 9 } });
    expect(verdicts(judgedRun(60, { run: short, primary: "p99" }))).toEqual([
      "too few transactions for a p99",
    ]);
  });

  it("is judged by the nights that have its figure, though others lack it", () => {
    const figures = (p99: number) => ({ p50: 10, p99 });
    const open = (values: readonly number[]) =>
      earlierRuns(values).map((run) => ({ ...run, figures: figures(run.figures.throughput ?? 0) }));
    const short = earlierRuns([100], { figures: { p50: 10 } });
    const earlier = [...open(nights(5, 100)), ...short, ...open(nights(5, 100))];
    const run = runLine(100, { figures: figures(300) });
    expect(only(judgedRun(100, { run, primary: "p99", earlier }))).toMatchObject({
      verdict: "slower",
      nights: 10,
    });
    const tonight = judgedRun(100, { run: runLine(100, { figures: { p50: 10 } }), primary: "p99" });
    expect(lostFigure({ ...tonight, earlier })).toBe(
      "too few transactions for a p99, by which it is judged and which 10 nights before had",
    );
    // Without one before, there is nothing lost; nor is it the figure that a broken run lacks.
    expect(lostFigure({ ...tonight, earlier: short })).toBeNull();
    const none = runLine(100, { figures: {}, exitCode: 96 });
    expect(lostFigure({ ...tonight, run: none, earlier })).toBeNull();
    expect(lostFigure({ ...tonight, run, earlier })).toBeNull();
  });

  it("is held against the level before a bad night, and against the new one after a week", () => {
    const good = earlierRuns(nights(9, 100));
    const bad = (count: number) => earlierRuns(nights(count, 70), { judged: "slower" });
    const after = (count: number) => judgedRun(70, { earlier: [...good, ...bad(count)] });
    expect(only(after(1))).toMatchObject({ verdict: "slower", nights: 9 });
    expect(only(after(6))).toMatchObject({ verdict: "slower", nights: 9 });
    const accepted = only(after(7));
    expect(accepted).toMatchObject({ nights: 7 });
    if (accepted.kind === "judged") expect(accepted.verdict).not.toBe("slower");
    const back = judgedRun(100, { earlier: [...good, ...bad(3), ...earlierRuns([100])] });
    expect(only(back)).toMatchObject({ nights: 10 });
  });

  it("is not hidden by unstable nights after a bad one, which do not undo a week of it either", () => {
    const good = earlierRuns(nights(9, 100));
    const bad = (count: number) => earlierRuns(nights(count, 70), { judged: "slower" });
    const unsure = (count: number) => earlierRuns(nights(count, 75), { judged: "unstable" });
    const after = (...earlier: readonly (readonly EarlierRun[])[]) =>
      only(judgedRun(70, { earlier: [...good, ...earlier.flat()] }));
    expect(after(bad(1), unsure(6))).toMatchObject({ verdict: "slower", nights: 9 });
    expect(after(bad(4), unsure(1), bad(3))).toMatchObject({ nights: 7 });
    // Nights that differ by chance are how much nights differ.
    expect(after(unsure(3))).toMatchObject({ nights: 12 });
    expect(after(bad(1), unsure(7))).toMatchObject({ nights: 16 });
  });
});
