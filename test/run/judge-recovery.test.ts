import { describe, expect, it } from "vitest";
import { Recorder } from "../../src/metrics/recorder.ts";
import type { Recovered } from "../../src/metrics/recovery.ts";
import { parseThreshold } from "../../src/metrics/thresholds/threshold-text.ts";
import { judge } from "../../src/run/judge.ts";
import type { JudgeInput } from "../../src/run/judge-input.ts";
import { aborted, finished } from "../metrics/transactions.ts";
import { impact } from "../report/impact.ts";
import { noEdges, unmeasured } from "../metrics/thresholds/unmeasured.ts";

function tally(abortedCount: number) {
  const recorder = new Recorder();
  for (let count = 0; count < 100; count++) recorder.record(finished());
  for (let count = 0; count < abortedCount; count++)
    recorder.record(finished({ outcome: aborted }));
  return recorder.take();
}

function stretch(abortedCount: number) {
  return { lengthMs: 10_000, tally: tally(abortedCount), inTime: tally(abortedCount) };
}

const noneAborted = parseThreshold({
  source: "scenario",
  metric: "aborted",
  expression: "count == 0",
});

/** A crash that eight transactions did not survive, none of them before it. */
function crashed(recovered: Recovered, given: Partial<JudgeInput> = {}) {
  if (!noneAborted.ok) throw new Error("no threshold");
  const proof = {
    effective: true,
    evidence: "",
    undoProblem: null,
    crashes: false,
    isTask: false,
    endsTransactions: true,
  };
  const crash = { name: "crash", text: "crash@10s+1s", ...proof };
  return judge({
    sessions: 4,
    measurements: {
      ...unmeasured,
      whole: stretch(8),
      windows: [{ ...noEdges, name: "baseline", ...stretch(0) }],
    },
    thresholds: [noneAborted.value],
    faults: [{ ...crash, impact: { ...impact, recovered } }],
    ...{
      invariants: [],
      doubts: [],
      generatorDoubts: [],
      commitsUnchecked: false,
      isUnobserved: false,
      overload: null,
      signal: null,
    },
    ...given,
  }).verdict;
}

describe("a run that was broken on purpose", () => {
  it("passes for having come back, whatever failed meanwhile, and says how soon", () => {
    expect(crashed({ state: "recovered", afterMs: 1_310 })).toMatchObject({
      exitCode: 0,
      reasons: [
        "100 transactions committed by 4 sessions in 10 s, 8 aborted; 1 fault took effect and left " +
          "nothing behind, recovered 1.3 s after crash, the threshold holds",
      ],
    });
  });

  it("fails for not having come back", () => {
    expect(crashed({ state: "not-recovered", withinMs: 18_000 })).toMatchObject({
      exitCode: 99,
      reasons: [
        expect.stringMatching(/^the run has not recovered from crash@10s\+1s within the 18 s/),
      ],
    });
  });

  it("fails as overloaded where work piles up, for that recovers from nothing", () => {
    const overload = { waitingAtEnd: 1_500, offeredPerSecond: 245 };
    const verdict = crashed({ state: "not-recovered", withinMs: 18_000 }, { overload });
    expect(verdict.reasons).toEqual([expect.stringContaining("overloaded")]);
  });

  it("does not claim that a threshold holds which was not compared", () => {
    const whole = stretch(8);
    const measurements = { ...unmeasured, whole };
    const verdict = crashed({ state: "unknown", why: "no-baseline" }, { measurements });
    expect(verdict.exitCode).toBe(0);
    expect(verdict.reasons[0]).toMatch(/left nothing behind, 1 threshold not compared$/);
  });
});
