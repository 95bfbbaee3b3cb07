import { describe, expect, it } from "vitest";
import { Histogram } from "../../src/metrics/histogram.ts";
import { Recorder } from "../../src/metrics/recorder.ts";
import type { Tally } from "../../src/metrics/tally.ts";
import { countOf } from "../../src/metrics/operation-tally.ts";
import { type Segment, Timeline } from "../../src/metrics/timeline.ts";
import { aborted, finished, unknown } from "./transactions.ts";

const ignore = () => undefined;

function committedIn(tally: Tally): number {
  return tally.sum(countOf("committed"));
}

/** What one thread took down: so many committed transactions. */
function taken(times: number): readonly Tally[] {
  const recorder = new Recorder();
  for (let count = 0; count < times; count++) recorder.record(finished());
  return [recorder.take()];
}

describe("a tick", () => {
  it("says what happened since the last one", () => {
    const recorder = new Recorder();
    const timeline = new Timeline(ignore);
    for (let count = 0; count < 4; count++) recorder.started();
    recorder.record(finished({ latencyUs: 1000 }));
    recorder.record(finished({ latencyUs: 3000, attempts: 2, failures: ["40P01"] }));
    recorder.record(
      finished({ outcome: aborted, attempts: 3, failures: ["40001", "40001", "40001"] }),
    );
    recorder.record(finished({ outcome: unknown, latencyUs: 9_000_000 }));
    expect(timeline.tick(1000, [recorder.take()])).toEqual({
      startMs: 0,
      endMs: 1000,
      offered: 4,
      achieved: 4,
      committed: 2,
      aborted: 1,
      unknown: 1,
      retries: 3,
      errors: 5,
      latencyUs: {
        mean: 2000,
        p50: null,
        p90: null,
        p95: null,
        p99: null,
        p99_9: null,
        max: 3000,
      },
    });
    expect(timeline.tick(2000, [recorder.take()])).toMatchObject({
      startMs: 1000,
      endMs: 2000,
      offered: 0,
      achieved: 0,
      errors: 0,
      latencyUs: { mean: null, max: null },
    });
  });

  it("adds up what several threads took down", () => {
    const timeline = new Timeline(ignore);
    expect(timeline.tick(1000, [...taken(2), ...taken(3), ...taken(0)]).committed).toBe(5);
    expect(timeline.tick(2000, [...taken(1), ...taken(1)])).toMatchObject({ committed: 2 });
    expect(committedIn(timeline.totals)).toBe(7);
  });

  it("tells what came before a cut, too", () => {
    const timeline = new Timeline(ignore);
    timeline.cut(500, taken(2));
    expect(timeline.tick(1000, taken(3))).toMatchObject({ startMs: 0, endMs: 1000, committed: 5 });
  });

  it("keeps its own copy: whoever took it down may empty it", () => {
    const timeline = new Timeline(ignore);
    const [tally] = taken(2);
    if (tally === undefined) throw new Error("nothing was taken");
    timeline.cut(1000, [tally]);
    tally.reset();
    expect(committedIn(timeline.totals)).toBe(2);
    expect(committedIn(timeline.window(0, 1000))).toBe(2);
  });
});

describe("the intervals that are handed over", () => {
  it("are each part once, those of several threads together", () => {
    const seen: [number, number, number][] = [];
    const timeline = new Timeline(({ startMs, endMs, tally }: Segment) =>
      seen.push([startMs, endMs, committedIn(tally)]),
    );
    timeline.tick(1000, [...taken(2), ...taken(4)]);
    timeline.cut(1500, taken(1));
    timeline.tick(2000, taken(0));
    expect(seen).toEqual([
      [0, 1000, 6],
      [1000, 1500, 1],
      [1500, 2000, 0],
    ]);
    expect(committedIn(timeline.totals)).toBe(7);
  });

  it("are there, and empty, where nobody took anything down", () => {
    const seen: number[] = [];
    const timeline = new Timeline(({ tally }) => seen.push(committedIn(tally)));
    timeline.tick(1000, []);
    timeline.tick(2000, [...taken(0), ...taken(0)]);
    expect(seen).toEqual([0, 0]);
  });

  it("leave the tally of each thread as it was", () => {
    const tallies = [...taken(2), ...taken(4)];
    new Timeline(ignore).tick(1000, tallies);
    expect(tallies.map(committedIn)).toEqual([2, 4]);
  });

  it("have no negative length when a tick comes late, after a cut", () => {
    const edges: number[][] = [];
    const timeline = new Timeline(({ startMs, endMs }) => edges.push([startMs, endMs]));
    timeline.cut(1000.25, taken(1));
    timeline.tick(1000, taken(1));
    timeline.tick(2000, taken(1));
    expect(edges).toEqual([
      [0, 1000.25],
      [1000.25, 1000.25],
      [1000.25, 2000],
    ]);
  });
});

describe("windows", () => {
  function recorded(): Timeline {
    const timeline = new Timeline(ignore);
    timeline.cut(1000, taken(1));
    timeline.tick(1500, taken(10));
    timeline.cut(2000, taken(10));
    timeline.cut(3000, taken(300));
    return timeline;
  }

  it("are what lies between two cuts, across ticks and across cuts", () => {
    const timeline = recorded();
    expect(committedIn(timeline.window(0, 1000))).toBe(1);
    expect(committedIn(timeline.window(1000, 2000))).toBe(20);
    expect(committedIn(timeline.window(1000, 3000))).toBe(320);
    expect(committedIn(timeline.window(0, 3000))).toBe(committedIn(timeline.totals));
  });

  it.each([
    [0, 1500],
    [500, 2000],
    [2000, 4000],
    [2000, 1000],
  ])("from %i to %i are refused: there was no cut", (startMs, endMs) => {
    expect(() => recorded().window(startMs, endMs)).toThrow(RangeError);
  });

  it("know the longest time past the gate that was within them, and no other", () => {
    const timeline = new Timeline(ignore);
    const recorder = new Recorder();
    recorder.record(finished({ serviceUs: 8000 }));
    timeline.cut(1000, [recorder.take()]);
    recorder.record(finished({ serviceUs: 2000 }));
    timeline.tick(1500, [recorder.take()]);
    timeline.cut(2000, [recorder.take()]);
    expect(timeline.window(0, 1000).operation("write").insideMaxUs).toBe(8100);
    expect(timeline.window(1000, 2000).operation("write").insideMaxUs).toBe(2100);
    expect(timeline.window(0, 2000).operation("write").insideMaxUs).toBe(8100);
  });

  it("ignore a cut before the measured time, and a second one at the same moment", () => {
    const timeline = new Timeline(ignore);
    timeline.cut(-500, taken(0));
    timeline.cut(1000, taken(1));
    timeline.cut(1000, taken(0));
    expect(committedIn(timeline.window(0, 1000))).toBe(1);
  });

  it("of no length are empty", () => {
    const timeline = new Timeline(ignore);
    timeline.cut(0, taken(0));
    expect(committedIn(timeline.window(0, 0))).toBe(0);
  });

  it("can be asked for twice: asking changes nothing", () => {
    const timeline = recorded();
    timeline.window(1000, 3000);
    expect(committedIn(timeline.window(1000, 3000))).toBe(320);
    expect(committedIn(timeline.window(1000, 2000))).toBe(20);
  });
});

describe("slots", () => {
  it("take nothing from ticks, cuts and intervals, and count nothing twice", () => {
    const intervals: number[] = [];
    const timeline = new Timeline(({ tally }) => intervals.push(committedIn(tally)));
    timeline.slot(250, taken(1));
    timeline.cut(400, taken(2));
    timeline.slot(500, [...taken(1), ...taken(3)]);
    timeline.slot(750, taken(5));
    expect(timeline.tick(1000, taken(6)).committed).toBe(18);
    timeline.slot(1250, taken(7));
    timeline.cut(1400, taken(8));
    expect(timeline.tick(2000, taken(9)).committed).toBe(24);
    expect(intervals).toEqual([3, 15, 15, 9]);
    expect(committedIn(timeline.totals)).toBe(42);
    expect(committedIn(timeline.window(0, 400))).toBe(3);
    expect(committedIn(timeline.window(400, 1400))).toBe(30);
    const counts = timeline.slots
      .between(0, 1400)
      .map(({ startMs, endMs, committed }) => [startMs, endMs, committed.counts[0] ?? 0]);
    // A tick ends none: it is told a full second, and may come a little later.
    expect(counts).toEqual([
      [400, 500, 4],
      [500, 750, 5],
      [750, 1250, 13],
      [1250, 1400, 8],
    ]);
  });

  it("do not show in the next interval what the last one had", () => {
    const tallies: Tally[] = [];
    const timeline = new Timeline(({ tally }) => tallies.push(tally));
    timeline.slot(250, taken(3));
    timeline.cut(500, taken(1));
    timeline.cut(750, taken(2));
    expect(committedIn(timeline.window(500, 750))).toBe(2);
    expect(tallies).toHaveLength(2);
  });
});

describe("a timeline that was put together elsewhere", () => {
  const segment = (startMs: number, endMs: number, count: number): Segment => ({
    startMs,
    endMs,
    tally: taken(count)[0] as Tally,
  });

  it("has the sums of its segments, and windows between their edges", () => {
    const timeline = Timeline.of([segment(0, 1000, 2), segment(1000, 1500, 3)], []);
    expect(committedIn(timeline.totals)).toBe(5);
    expect(committedIn(timeline.window(0, 1000))).toBe(2);
    expect(committedIn(timeline.window(0, 1500))).toBe(5);
    expect(timeline.endMs).toBe(1500);
    expect(() => timeline.window(0, 1200)).toThrow(RangeError);
  });

  it("counts a segment without a length in the totals alone", () => {
    const timeline = Timeline.of([segment(0, 1000, 2), segment(1000, 1000, 3)], []);
    expect(committedIn(timeline.totals)).toBe(5);
    expect(committedIn(timeline.window(0, 1000))).toBe(2);
    expect(timeline.endMs).toBe(1000);
  });

  it("has the slots that it is given", () => {
    const slot = (startMs: number) => ({
      startMs,
      endMs: startMs + 250,
      committed: new Histogram().toEntries(),
    });
    const timeline = Timeline.of([segment(0, 500, 1)], [slot(0), slot(250)]);
    expect(timeline.slots.between(0, 500)).toHaveLength(2);
    expect(timeline.slots.between(100, 500)).toHaveLength(1);
  });
});
