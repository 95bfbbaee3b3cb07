import { describe, expect, it } from "vitest";
import { Recorder } from "../../src/metrics/recorder.ts";
import { Timeline } from "../../src/metrics/timeline.ts";
import type { FaultCourse } from "../../src/run/faults/fault-course.ts";
import { impactOf } from "../../src/run/impact.ts";
import { openPlanWith, planWith } from "../helpers/plan.ts";
import { aborted, finished } from "../metrics/transactions.ts";
import { arm, courseOf, notingFault } from "./faults/fault.ts";

/** So many a slot of 250 ms, each of so long. */
type Pace = readonly [perSlot: number, ms: number];

/** A run of so many seconds, slot by slot, cut where it is told to be. */
function run(
  lengthMs: number,
  paceAt: (atMs: number) => Pace,
  { cuts, extra = () => undefined }: Made,
): Timeline {
  const recorder = new Recorder();
  const timeline = new Timeline(() => undefined);
  for (let endMs = 250; endMs <= lengthMs; endMs += 250) {
    const [perSlot, ms] = paceAt(endMs - 250);
    const times = { latencyUs: ms * 1000, serviceUs: ms * 1000, poolWaitUs: 0 };
    for (let count = 0; count < perSlot; count++) recorder.record(finished(times));
    extra(recorder, endMs - 250);
    const taken = [recorder.take()];
    if (cuts.includes(endMs) || endMs === lengthMs) timeline.cut(endMs, taken);
    else if (endMs % 1000 === 0) timeline.tick(endMs, taken);
    else timeline.slot(endMs, taken);
  }
  return timeline;
}

interface Made {
  readonly cuts: readonly number[];
  readonly extra?: (recorder: Recorder, atMs: number) => void;
}

const good: Pace = [100, 2];
const plan = planWith();

function came(startMs: number, releasedMs: number, endMs: number): FaultCourse {
  return courseOf(arm(notingFault([]), { startMs }), { startMs, releasedMs, endMs });
}

/** In force from 5 s to 8 s, its undo done at 9 s, in a run of 20 s. */
const crash = came(5_000, 8_000, 9_000);
const cuts = [5_000, 8_000, 9_000];
const lengthMs = 20_000;

describe("the impact of a fault", () => {
  const outage = (atMs: number): Pace =>
    atMs >= 5_000 && atMs < 9_500 ? [10, 30] : atMs >= 9_500 && atMs < 10_500 ? [140, 20] : good;
  const timeline = run(lengthMs, outage, {
    cuts,
    extra(recorder, atMs) {
      if (atMs === 6_000) {
        recorder.record(finished({ outcome: aborted, failures: ["57P01", "ECONNRESET"] }));
        recorder.record(finished({ outcome: aborted, failures: ["no-rows", "57P01"] }));
        recorder.reconnectFailed("57P03");
      }
      if (atMs !== 6_000 && atMs !== 9_000) return;
      recorder.reconnected(1_500_000);
    },
  });
  const impact = impactOf(crash, { timeline, lengthMs, courses: [crash] }, plan);

  it("compares its windows with the baseline: throughput, median, and the tail that can be told", () => {
    expect(impact).toMatchObject({
      tail: "p99",
      baseline: { perSecond: 400, p50Us: 2_000, tailUs: 2_000 },
      fault: { perSecond: 40, throughputRatio: 0.1, p50Us: 30_000, p50Ratio: 15, tailUs: null },
      recovery: { p50Ratio: 1, tailRatio: expect.closeTo(10, 0) as number },
    });
    expect(impact?.recovery?.throughputRatio).toBeCloseTo(1, 2);
  });

  it("tells when it was seen, and when it was over, from the beginning of its undo", () => {
    expect(impact?.felt).toEqual({ state: "felt", afterMs: 250 });
    // Throughput is back at 9.5 s, and latency from when the queue is worked off.
    expect(impact?.recovered).toEqual({ state: "recovered", afterMs: 2_500 });
  });

  it("counts what went wrong in the fault and after it, by kind", () => {
    expect(impact?.fault).toMatchObject({
      reconnects: 1,
      sessionLostMs: 1_500,
      reconnectErrors: { "57P03": 1 },
      errors: { sqlstate: { "57P01": 2 }, transport: { ECONNRESET: 1 }, refused: { "no-rows": 1 } },
    });
    expect(impact?.recovery).toMatchObject({
      reconnects: 1,
      sessionLostMs: 1_500,
      errors: { sqlstate: {}, transport: {}, refused: {} },
    });
  });
});

describe("a run that never is as it was before", () => {
  it("has not recovered, in all the time that it went on", () => {
    const timeline = run(lengthMs, (atMs) => (atMs < 5_000 ? good : [80, 2]), { cuts });
    const impact = impactOf(crash, { timeline, lengthMs, courses: [crash] }, plan);
    expect(impact?.recovered).toEqual({ state: "not-recovered", withinMs: 12_000 });
  });
});

describe("faults that overlap", () => {
  it("are recovered from together, from the last release", () => {
    const inside = came(6_000, 7_000, 7_000);
    const next = came(16_000, 17_000, 17_000);
    const courses = [crash, inside, next];
    const edges = [...cuts, 6_000, 7_000, 16_000, 17_000];
    const timeline = run(lengthMs, (atMs) => (atMs < 5_000 || atMs >= 10_000 ? good : [0, 1]), {
      cuts: edges,
    });
    const seen = { timeline, lengthMs, courses };
    for (const course of [crash, inside]) {
      const impact = impactOf(course, seen, plan);
      expect(impact?.recovered).toEqual({ state: "recovered", afterMs: 1_750 });
    }
    expect(impactOf(next, seen, plan)).toMatchObject({
      felt: { state: "never" },
      recovered: { state: "recovered", afterMs: 0 },
    });
  });
});

describe("what cannot be told", () => {
  const timeline = run(lengthMs, () => good, { cuts });
  const seen = { timeline, lengthMs, courses: [crash] };

  it("is the recovery from what stood from the beginning or stayed to the end", () => {
    const standing = courseOf(arm(notingFault([])), { startMs: 0, endMs: 20_100 });
    expect(impactOf(standing, { ...seen, courses: [standing] }, plan)).toMatchObject({
      ...{ tail: null, baseline: null, recovery: null, felt: { state: "unknown" } },
      fault: { perSecond: 400, throughputRatio: null, p50Ratio: null },
      recovered: { state: "unknown", why: "no-baseline" },
    });
    const staying = came(5_000, 20_010, 20_020);
    expect(impactOf(staying, { ...seen, courses: [staying] }, plan)).toMatchObject({
      felt: { state: "never" },
      recovered: { state: "unknown", why: "too-short" },
    });
  });

  it("is that of a fault that never came", () => {
    const never = courseOf(arm(notingFault([])), { startMs: null, endMs: null });
    expect(impactOf(never, { ...seen, courses: [never] }, plan)).toBeNull();
  });

  it("is that under a rate which changes by itself", () => {
    const ramp = openPlanWith({ rate: 100, rateAtEnd: 1_000 });
    expect(impactOf(crash, seen, ramp)).toMatchObject({
      felt: { state: "unknown" },
      recovered: { state: "unknown", why: "ramp" },
    });
    expect(impactOf(crash, seen, openPlanWith({ rate: 400, rateAtEnd: 400 }))).toMatchObject({
      recovered: { state: "recovered", afterMs: 0 },
    });
  });
});
