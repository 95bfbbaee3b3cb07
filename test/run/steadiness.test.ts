import { describe, expect, it } from "vitest";
import type { IntervalSample } from "../../src/metrics/timeline.ts";
import { steadinessOf } from "../../src/run/steadiness.ts";
import { planWith } from "../helpers/plan.ts";
import { noLatency } from "../report/latencies.ts";

function second(committed: number, meanUs: number | null): IntervalSample {
  return {
    startMs: 0,
    endMs: 1000,
    offered: committed,
    achieved: committed,
    committed,
    aborted: 0,
    unknown: 0,
    retries: 0,
    errors: 0,
    latencyUs: { ...noLatency, mean: meanUs },
  };
}

const numbers = Array.from({ length: 20 }, (_, index) => index);

const closed = planWith({ rate: null, arrivals: null });

function open(rateAtEnd: number) {
  const arrivals = { distribution: "poisson", rateAtEnd, gapMillionths: [1_000_000] } as const;
  return planWith({ rate: 100, arrivals });
}

const fault = { text: "pool-limit:max=6", name: "pool-limit", parameters: { max: 6 } };

describe("a closed loop", () => {
  it("is steady or not by what it got done, whatever its latencies did", () => {
    const constant = numbers.map((index) => second(100 + (index % 3), 1000 * (index + 1)));
    expect(steadinessOf(closed, constant)).toMatchObject({ kind: "steady", figure: "throughput" });
    const falling = numbers.map((index) => second(200 - 5 * index, 1000));
    const found = steadinessOf(closed, falling);
    expect(found).toMatchObject({ kind: "drifting", figure: "throughput" });
    // The median of the last third beside that of the first.
    expect(found).toMatchObject({ change: expect.closeTo(117.5 / 187.5 - 1, 6) as number });
  });

  it("counts seconds in which nothing was committed", () => {
    const stopped = numbers.map((index) => second(index < 4 ? 100 : 0, null));
    expect(steadinessOf(closed, stopped.slice(0, 9))).toMatchObject({ count: 9 });
    expect(steadinessOf(closed, stopped)).toMatchObject({ change: -1 });
  });
});

describe("an open loop", () => {
  it("is steady or not by its mean latency, since what it gets done is given", () => {
    const rising = numbers.map((index) => second(100, 1000 + 100 * index));
    expect(steadinessOf(open(100), rising)).toMatchObject({
      kind: "drifting",
      figure: "mean latency",
    });
    const level = numbers.map((index) => second(50 + 5 * index, 1000));
    expect(steadinessOf(open(100), level)).toMatchObject({
      kind: "steady",
      figure: "mean latency",
    });
  });

  it("leaves out seconds in which nothing ended", () => {
    const now = numbers.map((index) => second(index % 2, index % 2 === 0 ? null : 1000));
    expect(steadinessOf(open(100), now)).toMatchObject({ kind: "steady" });
    expect(steadinessOf(open(100), now.slice(0, 18))).toMatchObject({
      kind: "too-short",
      count: 9,
      needed: 10,
    });
  });

  it("is not judged where the rate itself changes", () => {
    const seconds = numbers.map(() => second(100, 1000));
    const why = "the offered rate changes";
    expect(steadinessOf(open(200), seconds)).toEqual({ kind: "not-judged", why });
  });
});

describe("a run with faults", () => {
  const seconds = numbers.map(() => second(100, 1000));

  it("is not judged where they come and go", () => {
    const faults = [{ ...fault, startMs: 5_000, lengthMs: null }];
    expect(steadinessOf(planWith({ rate: null, arrivals: null, faults }), seconds)).toEqual({
      kind: "not-judged",
      why: "faults come and go; see their windows",
    });
  });

  it("is judged where they are in force all the time", () => {
    const faults = [{ ...fault, startMs: null, lengthMs: null }];
    const plan = planWith({ rate: null, arrivals: null, faults });
    expect(steadinessOf(plan, seconds)).toMatchObject({ kind: "steady" });
  });
});

describe("a short run", () => {
  it("is too short to tell, not steady", () => {
    const seconds = numbers.slice(0, 9).map(() => second(100, 1000));
    expect(steadinessOf(closed, seconds)).toEqual({
      kind: "too-short",
      figure: "throughput",
      needed: 10,
      count: 9,
    });
  });
});
