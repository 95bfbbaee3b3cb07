import { describe, expect, it } from "vitest";
import { Recorder } from "../../src/metrics/recorder.ts";
import { Timeline } from "../../src/metrics/timeline.ts";
import {
  recoveryStretch,
  windowsAround,
  windowSummaries,
  windowTallies,
} from "../../src/run/windows.ts";
import { finished } from "../metrics/transactions.ts";
import { arm, courseOf, notingFault } from "./faults/fault.ts";

const lengthMs = 40_000;

function came(startMs: number | null, endMs: number | null) {
  return courseOf(arm(notingFault([]), { startMs: startMs ?? 0 }), { startMs, endMs });
}

/** From before the warm-up, until after the end. */
function stood() {
  return courseOf(arm(notingFault([])), { startMs: 0, endMs: lengthMs + 20 });
}

/** Such as `baseline 0-10000`. */
function windows(course: ReturnType<typeof came>, others: readonly ReturnType<typeof came>[] = []) {
  return windowsAround(course, [course, ...others], lengthMs).map(
    ({ name, startMs, endMs }) => `${name} ${startMs}-${endMs}`,
  );
}

describe("the windows around a fault", () => {
  it("are baseline, fault and recovery, one after the other", () => {
    expect(windows(came(10_000, 25_000))).toEqual([
      "baseline 0-10000",
      "fault 10000-25000",
      "recovery 25000-40000",
    ]);
  });

  it("lack the baseline where it is in force from the start, and the recovery where it stays", () => {
    expect(windows(came(0, 25_000))).toEqual(["fault 0-25000", "recovery 25000-40000"]);
    // Undone after the end of the measured time.
    expect(windows(came(10_000, 40_020))).toEqual(["baseline 0-10000", "fault 10000-40000"]);
    expect(windows(came(0, 40_020))).toEqual(["fault 0-40000"]);
    expect(windows(came(0, null))).toEqual(["fault 0-40000"]);
  });

  it("are none where it never came", () => {
    expect(windows(came(null, null))).toEqual([]);
    expect(windows(came(null, null), [came(10_000, 20_000)])).toEqual([]);
  });

  it("are none where it came when the measured time was over", () => {
    expect(windows(came(40_000, 40_010))).toEqual([]);
    expect(windows(came(40_003, 40_010))).toEqual([]);
  });

  it("are none where the run was stopped in its warm-up", () => {
    const course = came(0, -1500);
    expect(windowsAround(course, [course], 0)).toEqual([]);
  });

  it("leave out a window of no length", () => {
    expect(windows(came(10_000, 10_000)).join()).not.toContain("fault");
    expect(windows(came(0, 0))).toEqual([]);
  });

  it("share the baseline of the first of several, and recover until the next", () => {
    const first = came(10_000, 15_000);
    const second = came(20_000, 30_000);
    expect(windows(first, [second])).toEqual([
      "baseline 0-10000",
      "fault 10000-15000",
      "recovery 15000-20000",
    ]);
    expect(windows(second, [first])).toEqual([
      "baseline 0-10000",
      "fault 20000-30000",
      "recovery 30000-40000",
    ]);
  });

  it("have no recovery where the next begins as it ends", () => {
    const first = came(10_000, 20_000);
    const second = came(20_000, 30_000);
    expect(windows(first, [second])).toEqual(["baseline 0-10000", "fault 10000-20000"]);
  });

  it("may overlap with those of another fault", () => {
    const long = came(10_000, 30_000);
    const inside = came(15_000, 20_000);
    expect(windows(long, [inside])).toEqual([
      "baseline 0-10000",
      "fault 10000-30000",
      "recovery 30000-40000",
    ]);
    // Nothing recovers as long as the other fault is in force.
    expect(windows(inside, [long])).toEqual([
      "baseline 0-10000",
      "fault 15000-20000",
      "recovery 30000-40000",
    ]);
  });

  it("recover from the end of the last of those that overlap, each the next", () => {
    const chain = [came(5_000, 12_000), came(10_000, 20_000), came(18_000, 25_000)] as const;
    const [first, ...others] = chain;
    expect(windows(first, others)[2]).toBe("recovery 25000-40000");
    expect(windows(first, [...others, came(22_000, null)])).toEqual([
      "baseline 0-5000",
      "fault 5000-12000",
    ]);
  });

  it("are the fault alone where it stands from before the warm-up", () => {
    expect(windows(stood())).toEqual(["fault 0-40000"]);
    expect(windows(stood(), [came(10_000, 20_000)])).toEqual(["fault 0-40000"]);
  });

  it("are those of other faults as if one that stands were not there", () => {
    expect(windows(came(10_000, 20_000), [stood()])).toEqual([
      "baseline 0-10000",
      "fault 10000-20000",
      "recovery 20000-40000",
    ]);
  });
});

describe("where recovery is looked for", () => {
  /** Its undo takes so long. */
  function undoing(startMs: number, releasedMs: number, endMs: number) {
    return courseOf(arm(notingFault([]), { startMs }), { startMs, releasedMs, endMs });
  }

  const stretch = (course: ReturnType<typeof came>, ...others: ReturnType<typeof came>[]) =>
    recoveryStretch(course, [course, ...others], lengthMs);

  it("begins where the undo does, and lasts to the end of the run or the next fault", () => {
    const fault = undoing(10_000, 12_000, 13_000);
    expect(stretch(fault)).toEqual({ releasedMs: 12_000, undoneMs: 13_000, endMs: lengthMs });
    expect(stretch(fault, came(20_000, 22_000))).toEqual({
      releasedMs: 12_000,
      undoneMs: 13_000,
      endMs: 20_000,
    });
    expect(stretch(fault, came(2_000, 4_000))).toEqual({
      releasedMs: 12_000,
      undoneMs: 13_000,
      endMs: lengthMs,
    });
  });

  it("begins with the last release of those that overlap, undos included", () => {
    const long = undoing(10_000, 20_000, 21_000);
    const inside = undoing(12_000, 14_000, 14_500);
    const last = undoing(20_500, 25_000, 26_000);
    for (const one of [long, inside, last]) {
      const others = [long, inside, last].filter((other) => other !== one);
      expect(stretch(one, ...others)).toEqual({
        releasedMs: 25_000,
        undoneMs: 26_000,
        endMs: lengthMs,
      });
    }
  });

  it("goes on while an undo takes longer than the run", () => {
    expect(stretch(undoing(10_000, 12_000, lengthMs + 500))).toEqual({
      releasedMs: 12_000,
      undoneMs: lengthMs + 500,
      endMs: lengthMs,
    });
  });

  it("is nowhere where a fault was still in force at the end, stood from before, or never came", () => {
    expect(stretch(undoing(10_000, lengthMs + 2, lengthMs + 20))).toBeNull();
    expect(stretch(came(10_000, 20_000), came(15_000, null))).toBeNull();
    expect(stretch(stood())).toBeNull();
    expect(stretch(came(null, null))).toBeNull();
  });

  it("does not mind a fault that stands all the time", () => {
    expect(stretch(came(10_000, 20_000), stood())).toEqual({
      releasedMs: 20_000,
      undoneMs: 20_000,
      endMs: lengthMs,
    });
  });
});

describe("what was measured in the windows", () => {
  /** So many transactions by each of two threads. */
  function byTwoThreads(count: number) {
    return [new Recorder(), new Recorder()].map((recorder) => {
      for (let done = 0; done < count; done++) recorder.record(finished());
      return recorder.take();
    });
  }

  function cutAt(...cutsMs: readonly number[]): Timeline {
    const timeline = new Timeline(() => undefined);
    cutsMs.forEach((atMs, index) => timeline.cut(atMs, byTwoThreads(index + 1)));
    return timeline;
  }

  it("is that of each, of all threads, between exact edges that are told in whole milliseconds", () => {
    const courses = [came(10_000.25, 20_000.25)];
    const timeline = cutAt(10_000.25, 20_000.25, lengthMs);
    expect(windowSummaries({ timeline, courses, lengthMs })).toMatchObject([
      { name: "baseline", fault: "noting", startMs: 0, endMs: 10_000, perSecond: 0.2 },
      { name: "fault", fault: "noting", startMs: 10_000, endMs: 20_000, perSecond: 0.4 },
      { name: "recovery", fault: "noting", startMs: 20_000, endMs: 40_000, perSecond: 0.3 },
    ]);
  });

  it("cannot be told where the run was not cut at an edge", () => {
    const courses = [came(10_000, 20_000)];
    const timeline = cutAt(10_000, lengthMs);
    expect(() => windowSummaries({ timeline, courses, lengthMs })).toThrow(RangeError);
  });
});

describe("what was measured in a window", () => {
  /** One that ended in the fault, and one that was still under way when the run ended. */
  function timeline(): Timeline {
    const recorder = new Recorder();
    const measured = new Timeline(() => undefined);
    measured.cut(10_000, [recorder.take()]);
    recorder.record(finished({ latencyUs: 1_000 }));
    measured.cut(lengthMs, [recorder.take()]);
    recorder.censored("write", 30_000_000);
    measured.cut(lengthMs + 5_000, [recorder.take()]);
    return measured;
  }

  const seen = { timeline: timeline(), lengthMs };

  it("has what had no end within the run where it lasts to the end, but not in its rate", () => {
    const last = { name: "fault", startMs: 10_000, endMs: lengthMs } as const;
    const { tally, inTime } = windowTallies(last, seen);
    expect(tally.operation("write").latencyToTell().max).toBe(30_000_000);
    expect(inTime.operation("write").latencyToTell().max).toBe(1_000);
  });

  it("has no more than ended in it where it ends before", () => {
    const first = { name: "baseline", startMs: 0, endMs: 10_000 } as const;
    const { tally, inTime } = windowTallies(first, seen);
    expect(tally.operations.size).toBe(0);
    expect(inTime.operations.size).toBe(0);
  });
});
