import { describe, expect, it } from "vitest";
import { judgeRuns } from "../../src/nightly/judge.ts";
import { movesOf } from "../../src/nightly/moves.ts";
import type { NightRun } from "../../src/nightly/result.ts";
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
    expect(judge([nightRun("a"), held("b", nights(9, 100), [])]).reasons).toEqual([
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
    expect(judge([run]).exitCode).toBe(0);
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
    expect(judgeNight({ runs, signal: null, troubles }).exitCode).toBe(97);
  });
});
