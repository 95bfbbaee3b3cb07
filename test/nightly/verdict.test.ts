import { describe, expect, it } from "vitest";
import { judgeRuns } from "../../src/nightly/judge.ts";
import { movesOf } from "../../src/nightly/moves.ts";
import type { Move, NightRun } from "../../src/nightly/result.ts";
import { judgeNight } from "../../src/nightly/verdict.ts";
import { earlierRuns, nightAt, nights, runLine } from "./nights.ts";

function nightRun(name: string, changes: Partial<NightRun> = {}): NightRun {
  return {
    name,
    folder: `runs/01-${name}`,
    scenario: "concurrent",
    variant: "current",
    faults: [],
    verdict: { status: "pass", exitCode: 0, reasons: ["fine"] },
    problem: null,
    discarded: null,
    primary: "throughput",
    figures: {},
    judgement: { kind: "not-judged", why: "first night of 4" },
    moves: [],
    ...changes,
  };
}

function held(name: string, levels: readonly number[], differences: readonly string[]): NightRun {
  const earlier = earlierRuns(levels.slice(0, -1));
  const run = runLine(levels.at(-1) ?? NaN);
  const input = { run, primary: "throughput", earlier, remembered: [], differences };
  const [judgement] = judgeRuns([input]);
  if (judgement === undefined) throw new Error("no judgement");
  const moves = movesOf({ ...input, at: nightAt(levels.length - 1), judgement });
  return nightRun(name, { judgement, moves, figures: run.figures });
}

function judge(runs: readonly NightRun[]) {
  return judgeNight({ runs, signal: null, troubles: [] });
}

describe("the verdict of a night", () => {
  it("is a pass where all runs pass, and says how many were held against earlier nights", () => {
    expect(judge([nightRun("a"), nightRun("b")])).toEqual({
      status: "pass",
      exitCode: 0,
      reasons: ["2 runs passed; none is judged against earlier nights yet"],
    });
    const same = held("b", nights(41, 100), []);
    expect(same.judgement).toMatchObject({ verdict: "same" });
    expect(judge([nightRun("a"), same]).reasons).toEqual([
      "2 runs passed, none slower than in the nights before (1 judged)",
    ]);
  });

  it("is the gravest of all runs, and each reason names its run", () => {
    const failed = { status: "fail", exitCode: 99, reasons: ["p99 too high", "aborted"] } as const;
    const broken = { status: "fail", exitCode: 96, reasons: ["2 lost"] } as const;
    const runs = [nightRun("a", { verdict: failed }), nightRun("b", { verdict: broken })];
    expect(judge(runs)).toEqual({
      status: "fail",
      exitCode: 96,
      reasons: ["b: 2 lost", "a: p99 too high", "a: aborted"],
    });
  });

  it("is 98 where a run is slower than the nights before, naming run, figure and variant", () => {
    const differs = ["seed: 1", "variant: current in the baseline, slowed in the candidate"];
    const { exitCode, reasons } = judge([held("writes", [...nights(9, 100), 60], differs)]);
    expect(exitCode).toBe(98);
    expect(reasons[0]).toMatch(
      /^writes: throughput fell by 40 % against the 9 nights before \(95 % interval -.* to -.*\); variant: current in the baseline, slowed in the candidate$/,
    );
  });

  it("is 98 where it became slower in the last nights, naming the night, unless it is weak", () => {
    // Tonight alone would be no alarm.
    const levels = [...nights(30, 100), ...nights(3, 92), 97];
    const [reason, ...more] = judge([held("writes", levels, [])]).reasons;
    expect(more).toEqual([]);
    expect(reason).toMatch(
      /^writes: throughput fell by \d.* in the night of 2026-01-31, 3 nights ago/,
    );
    const weak = held("writes", levels, []).moves.map((move) => ({ ...move, isWeak: true }));
    expect(judge([nightRun("writes", { moves: weak })]).exitCode).toBe(0);
  });

  it("is not made by a run that is unstable", () => {
    const run = held("writes", [90, 110, 95, 105, 92, 108, 94], []);
    expect(run.judgement).toMatchObject({ verdict: "unstable" });
    expect(judge([run])).toMatchObject({
      exitCode: 0,
      reasons: ["1 run passed; beside the nights before 1 of 1 judged too noisy to tell"],
    });
    expect(judge([run, held("reads", nights(41, 100), [])])).toMatchObject({
      exitCode: 0,
      reasons: [
        "2 runs passed, none slower than in the nights before (2 judged, 1 too noisy to tell)",
      ],
    });
  });

  it("does not stay 98 for what became slower and was mended since", () => {
    const settled = {
      ...{ figure: "throughput", primary: true, isWeak: false },
      ...{ before: 100, after: 80 },
    };
    const fell = { ...settled, at: nightAt(30), nightsAgo: 5, isWorse: true };
    const rose = { ...settled, at: nightAt(33), nightsAgo: 2, isWorse: false };
    const other = { ...fell, figure: "p99", primary: false, nightsAgo: 1 };
    const weak = { ...rose, isWeak: true, nightsAgo: 0 };
    const code = (...moves: readonly Move[]) => judge([nightRun("writes", { moves })]).exitCode;
    expect(code(fell, rose)).toBe(0);
    expect(code(fell, other, weak)).toBe(98);
  });

  it("is 130 once it was stopped, with what was made until then", () => {
    const stopped = { status: "unknown", exitCode: 130, reasons: ["stopped by SIGINT"] } as const;
    const runs = [
      nightRun("a"),
      nightRun("b", { verdict: stopped }),
      nightRun("c", { verdict: null }),
    ];
    expect(judgeNight({ runs, signal: "SIGINT", troubles: [] })).toEqual({
      status: "unknown",
      exitCode: 130,
      reasons: ["stopped by SIGINT after 2 of 3 runs"],
    });
  });

  it("is invalid where a run could not be made", () => {
    const troubles = [{ code: 97, reason: "a: the run could not be made: no privilege" }] as const;
    const runs = [nightRun("a", { verdict: null, folder: null, problem: "no privilege" })];
    expect(judgeNight({ runs, signal: null, troubles })).toMatchObject({
      exitCode: 97,
      reasons: ["a: the run could not be made: no privilege"],
    });
  });

  it("is invalid where a run has no result and nobody said why", () => {
    const lost = { verdict: null, folder: null, problem: "stopped before it" } as const;
    const troubles = [{ code: 97, reason: "a: the run could not be made: no privilege" }] as const;
    const runs = [nightRun("b"), nightRun("c", lost)];
    expect(judgeNight({ runs, signal: null, troubles })).toMatchObject({
      exitCode: 97,
      reasons: [troubles[0].reason, "c: there is no result: stopped before it"],
    });
  });
});
