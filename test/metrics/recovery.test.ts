import { describe, expect, it } from "vitest";
import { Histogram } from "../../src/metrics/histogram.ts";
import {
  feltAfter,
  recoveredAfter,
  type Reference,
  referenceOf,
} from "../../src/metrics/recovery.ts";
import type { Slot } from "../../src/metrics/slots.ts";

/** So many of so long, one after the other. */
function histogram(...parts: readonly (readonly [count: number, us: number])[]): Histogram {
  const sum = new Histogram();
  for (const [count, us] of parts) for (let done = 0; done < count; done++) sum.record(us);
  return sum;
}

/** 400 a second at 1 ms, a few of them at 4 ms: three seconds support p99. */
const reference: Reference = { perSecond: 400, tail: { name: "p99", us: 4_000 } };

interface Pace {
  readonly perSlot?: number;
  readonly us?: number;
}

/** Slots of 250 ms from `startMs` on, for each stretch so many seconds of this pace. */
function slots(
  startMs: number,
  ...stretches: readonly (readonly [seconds: number, pace: Pace])[]
): Slot[] {
  const paces = stretches.flatMap(([seconds, pace]) => Array<Pace>(seconds * 4).fill(pace));
  return paces.map(({ perSlot = 100, us = 1_000 }, index) => ({
    startMs: startMs + index * 250,
    endMs: startMs + (index + 1) * 250,
    committed: histogram([perSlot, us]).toEntries(),
  }));
}

/** Undone at once, unless given. */
function released(releasedMs: number, undoneMs = releasedMs) {
  return { releasedMs, undoneMs };
}

const good: Pace = {};
const stopped: Pace = { perSlot: 0 };
const slow: Pace = { us: 6_100 };

describe("the reference", () => {
  it.each([
    [4_000, "p99"],
    [3_700, "p95"],
    [800, "p95"],
    [700, "p90"],
    [400, "p90"],
    [350, "p50"],
    [80, "p50"],
    [70, undefined],
  ])(
    "of %i in ten seconds has the percentile %s: that which 90 %% of three seconds support",
    (count, tail) => {
      const found = referenceOf(histogram([count, 1_000]), 10_000);
      expect(found?.perSecond).toBe(count / 10);
      expect(found?.tail?.name).toBe(tail);
    },
  );

  it("has no higher percentile than the baseline itself supports", () => {
    // 500 a second, but only 150 of them.
    expect(referenceOf(histogram([150, 1_000]), 300)?.tail?.name).toBe("p90");
  });

  it("is none where nothing was committed, or in no time", () => {
    expect(referenceOf(new Histogram(), 10_000)).toBeNull();
    expect(referenceOf(histogram([10, 1_000]), 0)).toBeNull();
  });
});

describe("recovery", () => {
  const after = (...stretches: Parameters<typeof slots>[1][]) =>
    recoveredAfter(slots(10_000, ...stretches), released(10_000), reference);

  it("is at once where nothing was lost", () => {
    expect(after([4, good])).toEqual({ state: "recovered", afterMs: 0 });
  });

  it("begins with the first three seconds that are good as a whole", () => {
    // 90 % of a stretch that begins in the last slot of the outage are there, but that is no work.
    expect(after([5, stopped], [5, good])).toEqual({ state: "recovered", afterMs: 5_000 });
    expect(after([5, { perSlot: 49 }], [5, good])).toEqual({ state: "recovered", afterMs: 5_000 });
    expect(after([5, { perSlot: 85 }], [5, good])).toEqual({ state: "recovered", afterMs: 3_000 });
  });

  it("takes latency, too: a queue that is worked off is no recovery", () => {
    expect(after([2, { perSlot: 150, us: 9_000 }], [4, good])).toEqual({
      state: "recovered",
      afterMs: 2_000,
    });
    expect(after([6, slow])).toEqual({ state: "not-recovered", withinMs: 6_000 });
    // Up to 150 % it is none the worse.
    expect(after([6, { us: 6_000 }])).toEqual({ state: "recovered", afterMs: 0 });
  });

  it("does not take a single good second for one", () => {
    expect(after([2, stopped], [2, good], [2, stopped], [2, good])).toEqual({
      state: "not-recovered",
      withinMs: 8_000,
    });
  });

  it("is none where nothing is committed any more", () => {
    expect(after([18, stopped])).toEqual({ state: "not-recovered", withinMs: 18_000 });
  });

  it("does not reach over a gap in what was kept", () => {
    const apart = [...slots(10_000, [2, good]), ...slots(20_000, [2, good])];
    expect(recoveredAfter(apart, released(10_000), reference).state).toBe("not-recovered");
  });

  it("is counted from the release, wherever the first slot begins", () => {
    const late = slots(10_040, [4, good]);
    expect(recoveredAfter(late, released(10_000), reference)).toEqual({
      state: "recovered",
      afterMs: 40,
    });
  });

  it("cannot be told without a baseline, from too little, or in too short a time", () => {
    const seen = slots(0, [5, good]);
    const unknown = (why: string) => ({ state: "unknown", why });
    expect(recoveredAfter(seen, released(0), null)).toEqual(unknown("no-baseline"));
    expect(recoveredAfter(seen, released(0), { perSecond: 5, tail: null })).toEqual(
      unknown("too-few"),
    );
    expect(recoveredAfter(seen.slice(0, 11), released(0), reference)).toEqual(unknown("too-short"));
    expect(recoveredAfter([], released(0), reference)).toEqual(unknown("too-short"));
    // Four seconds from the release on, but the server needed more than one of them to start.
    const starting = slots(0, [4, stopped]);
    expect(recoveredAfter(starting, released(0, 1_001), reference)).toEqual(unknown("too-short"));
    expect(recoveredAfter(starting, released(0, 1_000), reference).state).toBe("not-recovered");
  });
});

describe("the effect of a fault", () => {
  const felt = (...stretches: Parameters<typeof slots>[1][]) =>
    feltAfter(slots(6_000, ...stretches), reference);

  it("is seen in the first slot in which everything stands still", () => {
    expect(felt([1, stopped])).toEqual({ state: "felt", afterMs: 250 });
    expect(felt([2, good], [1, stopped])).toMatchObject({ state: "felt" });
  });

  it("is seen later the smaller it is", () => {
    expect(felt([3, { perSlot: 50 }])).toEqual({ state: "felt", afterMs: 250 });
    expect(felt([3, { perSlot: 79 }])).toEqual({ state: "felt", afterMs: 1_000 });
  });

  it("is seen in latency alone, too", () => {
    expect(felt([1, slow])).toEqual({ state: "felt", afterMs: 250 });
    expect(felt([3, { us: 5_900 }])).toEqual({ state: "never" });
  });

  it("was never felt where throughput and latency stay within the limits, or chance explains it", () => {
    expect(felt([10, good])).toEqual({ state: "never" });
    expect(felt([10, { perSlot: 91 }])).toEqual({ state: "never" });
    // One slot with 30 of 100: much less than half, but 92 % of its three seconds.
    expect(felt([3, good], [0.25, { perSlot: 68 }], [3, good])).toEqual({ state: "never" });
    const few = { perSecond: 8, tail: null };
    expect(feltAfter(slots(0, [1, stopped]), few)).toEqual({ state: "never" });
    expect(feltAfter(slots(0, [3, stopped]), few)).toEqual({ state: "felt", afterMs: 2_250 });
  });

  it("is unknown where there is nothing to compare, or nothing was seen", () => {
    expect(feltAfter(slots(0, [3, stopped]), null)).toEqual({ state: "unknown" });
    expect(feltAfter([], reference)).toEqual({ state: "unknown" });
  });
});
