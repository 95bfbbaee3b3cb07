import { describe, expect, it } from "vitest";
import { type JudgedRun, judgeRuns } from "../../src/nightly/judge.ts";
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
    // Later the nights themselves say how much they differ.
    expect(only(judgedRun(50, { remembered }))).toMatchObject({ nights: 10, remembered: 0 });
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
});
