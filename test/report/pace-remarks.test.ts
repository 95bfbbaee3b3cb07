import { describe, expect, it } from "vitest";
import { paceRemarks } from "../../src/report/pace-remarks.ts";
import type { RunResult } from "../../src/run/result.ts";
import { openRun } from "./open-run.ts";
import { noLatency } from "./latencies.ts";
import { quietRun } from "./run-result.ts";

type Offered = NonNullable<RunResult["offered"]>;

/** The first remark on an open loop, and what follows before the one on steadiness. */
function openLoop(given: Partial<Offered>, plan: Partial<RunResult["plan"]> = {}) {
  const { offered } = openRun;
  if (offered === null) throw new Error("no open loop");
  const run = { ...openRun, plan: { ...openRun.plan, ...plan }, offered: { ...offered, ...given } };
  return paceRemarks(run).slice(0, -1);
}

function steadiness(given: RunResult["steadiness"]): string | undefined {
  return paceRemarks({ ...quietRun, steadiness: given }).at(-1);
}

describe("a closed loop", () => {
  it("says in one sentence what its tail does not show", () => {
    expect(paceRemarks(quietRun)[0]).toBe(
      "Closed loop: a session that waits sends nothing, so a stall shows as one slow transaction a session, " +
        "and those that would have come meanwhile are missing from the tail; --rate has them.",
    );
    expect(paceRemarks(quietRun).join()).not.toContain("Open loop");
  });
});

describe("an open loop", () => {
  it("says what was offered, how it came, and where latency begins", () => {
    expect(openLoop({})).toEqual([
      "Open loop: 12 345 arrivals due, 617 a second, spread at random (Poisson); latency runs from when each was due.",
    ]);
  });

  it("lacks no tail, and says nothing of one", () => {
    expect(paceRemarks(openRun).join()).not.toContain("Closed loop");
  });

  it("says so if arrivals came at equal distances, or ever faster", () => {
    const constant = { distribution: "constant", rateAtEnd: 617 } as const;
    expect(openLoop({ due: 1 }, { arrivals: constant })[0]).toContain(
      "Open loop: 1 arrival due, 617 a second, spread evenly;",
    );
    const ramp = { distribution: "poisson", rateAtEnd: 1000 } as const;
    expect(openLoop({}, { rate: 100, arrivals: ramp })[0]).toContain(
      "due, from 100 to 1000 a second,",
    );
  });

  it("tells the wait for a free session where there was one", () => {
    const queueWaitUs = { ...noLatency, mean: 150_000, p50: 2_000, p99: 1_250_000 };
    expect(openLoop({ waitingMax: 1_234, queueWaitUs })[1]).toBe(
      "Of it, waiting for a free session: mean 150 ms, p50 2 ms, p99 1.25 s; at most 1 234 waited at the end of a second.",
    );
    expect(openLoop({ waitingMax: 1 })).toHaveLength(2);
  });

  it("tells it, too, where it was never seen at the end of a second", () => {
    expect(openLoop({ queueWaitUs: { ...noLatency, mean: 1_000 } })).toHaveLength(2);
    expect(openLoop({ queueWaitUs: { ...noLatency, mean: 999 } })).toHaveLength(1);
  });
});

describe("whether the run was steady", () => {
  it("is said where it was", () => {
    expect(steadiness({ kind: "steady", figure: "throughput", change: -0.09, p: 0.001 })).toBe(
      "Steady: the throughput shows no drift over the measured time.",
    );
  });

  it("is not claimed where chance may explain a change that is not small", () => {
    expect(steadiness({ kind: "steady", figure: "mean latency", change: 0.4, p: 0.0911 })).toBe(
      "No clear drift: the mean latency rose by about 40 % over the measured time, which chance may explain (p 0.0911).",
    );
  });

  it("is said loudly where it was not", () => {
    const fell = steadiness({ kind: "drifting", figure: "throughput", change: -0.234, p: 0.001 });
    expect(fell).toBe(
      "NOT STEADY: the throughput fell by about 23 % over the measured time, so these figures describe no one state; a longer --warmup may help.",
    );
    const rose = steadiness({ kind: "drifting", figure: "mean latency", change: 1.5, p: 0.001 });
    expect(rose).toContain("NOT STEADY: the mean latency rose by about 150 % over");
  });

  it("cannot be told of a short run", () => {
    const few = { kind: "too-short", figure: "throughput", needed: 10 } as const;
    expect(steadiness({ ...few, count: 1 })).toBe(
      "Whether it was steady cannot be told from 1 second: it takes 10.",
    );
    expect(steadiness({ ...few, count: 9 })).toContain("from 9 seconds: it takes 10");
  });

  it("is not judged where it was not meant to be steady, and why is said", () => {
    expect(steadiness({ kind: "not-judged", why: "the offered rate changes" })).toBe(
      "Whether it was steady was not judged: the offered rate changes.",
    );
  });
});
