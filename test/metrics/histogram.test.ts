import { decodeHistogram, encodeHistogram } from "../../src/metrics/exchange-format.ts";
import fc from "fast-check";
import { build, decodeFromCompressedBase64 } from "hdr-histogram-js";
import { describe, expect, it } from "vitest";
import { Histogram, histogramMaxUs, samplesToSupport } from "../../src/metrics/histogram.ts";

function histogramOf(times: readonly number[]): Histogram {
  const histogram = new Histogram();
  for (const us of times) histogram.record(us);
  return histogram;
}

/** All that it tells. */
function figuresOf(histogram: Histogram) {
  const { count, clipped, mean, min, max } = histogram;
  const told = percentiles.map(([p, q]) => histogram.percentile(p / q));
  return { count, clipped, mean, min, max, told, encoded: encodeHistogram(histogram) };
}

/** The smallest recorded time that the share p/q of all did not exceed; in whole numbers, so exact. */
function exactQuantile(sorted: readonly number[], p: number, q: number): number {
  return sorted[Math.max(1, Math.ceil((p * sorted.length) / q)) - 1]!;
}

/** Evenly over the magnitudes, as latencies are, and not only over the largest one. */
const time = fc
  .tuple(fc.integer({ min: 0, max: 31 }), fc.double({ min: 0.5, max: 1, noNaN: true }))
  .map(([bits, share]) => Math.min(histogramMaxUs, Math.floor(2 ** bits * share)));
const times = fc.array(time, { minLength: 1, maxLength: 300 });

const percentiles = [
  [1, 1000],
  [50, 100],
  [90, 100],
  [95, 100],
  [99, 100],
  [999, 1000],
  [1, 1],
] as const;

describe("Histogram", () => {
  it("agrees with exact quantiles within 0.1 % or 1 us, and is never below them", () => {
    fc.assert(
      fc.property(times, (given) => {
        const histogram = histogramOf(given);
        const sorted = [...given].sort((one, other) => one - other);
        for (const [p, q] of percentiles) {
          const exact = exactQuantile(sorted, p, q);
          const told = histogram.percentile(p / q)!;
          expect(told).toBeGreaterThanOrEqual(exact);
          expect(told - exact).toBeLessThanOrEqual(Math.max(1, exact * 0.001));
        }
      }),
      { numRuns: 500 },
    );
  });

  it("agrees with exact quantiles of many measurements, whose ranks are rounding errors away", () => {
    const sorted = Array.from({ length: 10_000 }, (_, index) => index + 1);
    const histogram = histogramOf(sorted);
    for (let permille = 1; permille <= 1000; permille++) {
      const exact = exactQuantile(sorted, permille, 1000);
      const told = histogram.percentile(permille / 1000)!;
      expect(told).toBeGreaterThanOrEqual(exact);
      expect(told - exact).toBeLessThanOrEqual(Math.max(1, exact * 0.001));
    }
  });

  it("keeps count, mean, min and max exactly", () => {
    fc.assert(
      fc.property(times, (given) => {
        const histogram = histogramOf(given);
        const sum = given.reduce((total, us) => total + us, 0);
        expect(histogram.count).toBe(given.length);
        expect(histogram.mean).toBe(sum / given.length);
        expect(histogram.min).toBe(Math.min(...given));
        expect(histogram.max).toBe(Math.max(...given));
      }),
    );
  });

  it("puts every time into the same slot as HdrHistogram does", () => {
    fc.assert(
      fc.property(time, (us) => {
        const theirs = build({ highestTrackableValue: histogramMaxUs, autoResize: false });
        theirs.recordValue(us);
        const ours = histogramOf([us, histogramMaxUs]).percentile(0.5);
        expect(ours).toBe(theirs.getValueAtPercentile(50));
      }),
      { numRuns: 300 },
    );
  });

  it("tells of two that were added what it tells of one that saw everything", () => {
    fc.assert(
      fc.property(times, times, (some, others) => {
        const sum = histogramOf(some);
        sum.add(histogramOf(others));
        const whole = histogramOf([...some, ...others]);
        expect(sum.count).toBe(whole.count);
        expect(sum.max).toBe(whole.max);
        expect(sum.min).toBe(whole.min);
        expect(sum.mean).toBeCloseTo(whole.mean!, 3);
        for (const [p, q] of percentiles) {
          expect(sum.percentile(p / q)).toBe(whole.percentile(p / q));
        }
      }),
    );
  });

  it("is not changed by adding an empty one", () => {
    const histogram = histogramOf([5]);
    histogram.add(new Histogram());
    expect([histogram.count, histogram.min, histogram.max]).toEqual([1, 5, 5]);
  });

  it("saturates at one hour and counts what it clipped", () => {
    const histogram = histogramOf([histogramMaxUs, histogramMaxUs + 1, 1e15]);
    expect([histogram.count, histogram.clipped, histogram.max]).toEqual([3, 2, histogramMaxUs]);
    expect(histogram.percentile(1)).toBe(histogramMaxUs);
    const sum = histogramOf([histogramMaxUs * 2]);
    sum.add(histogram);
    expect(sum.clipped).toBe(3);
  });

  it("rounds to whole microseconds and keeps 0", () => {
    const histogram = histogramOf([0.4, 1.5]);
    expect([histogram.min, histogram.max]).toEqual([0, 2]);
  });

  it.each([-1, Number.NaN])("does not take %d", (us) => {
    const histogram = new Histogram();
    expect(() => histogram.record(us)).toThrow(RangeError);
    expect(histogram.count).toBe(0);
  });

  it("has nothing to tell when empty, also after a reset", () => {
    const used = histogramOf([1, 2, histogramMaxUs + 1]);
    used.reset();
    for (const empty of [new Histogram(), used]) {
      expect([empty.mean, empty.min, empty.max, empty.percentile(0.5)]).toEqual(
        Array.from({ length: 4 }, () => null),
      );
      expect([empty.count, empty.clipped]).toEqual([0, 0]);
    }
  });

  it.each([
    [0.5, 20],
    [0.9, 100],
    [0.95, 200],
    [0.99, 1000],
    [0.999, 10_000],
  ])("supports %d from %i measurements on, and says nothing below", (p, needed) => {
    expect(samplesToSupport(p)).toBe(needed);
    const histogram = histogramOf(Array.from({ length: needed - 1 }, () => 7));
    expect(histogram.supported(p)).toBeNull();
    expect(histogram.percentile(p)).toBe(7);
    histogram.record(7);
    expect(histogram.supported(p)).toBe(7);
  });
});

describe("parts for another thread", () => {
  const sent = (histogram: Histogram) => Histogram.fromParts(structuredClone(histogram.toParts()));

  it("bring back everything, exactly", () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(time, fc.constant(histogramMaxUs + 1))), (given) => {
        const histogram = histogramOf(given);
        const back = sent(histogram);
        expect(figuresOf(back)).toEqual(figuresOf(histogram));
      }),
      { numRuns: 50 },
    );
  });

  it("are as short as what was recorded, and nothing at all of an empty one", () => {
    expect(histogramOf([5]).toParts().counts).toHaveLength(6);
    const used = histogramOf([histogramMaxUs + 1]);
    used.reset();
    for (const empty of [new Histogram(), used]) {
      expect(empty.toParts().counts).toHaveLength(0);
      expect(figuresOf(sent(empty))).toEqual(figuresOf(new Histogram()));
    }
  });

  it("become a histogram that goes on recording, and adds up with others", () => {
    const back = sent(histogramOf([7, 9000]));
    back.record(3);
    back.record(histogramMaxUs * 2);
    back.add(histogramOf([12]));
    const whole = histogramOf([7, 9000, 3, histogramMaxUs * 2, 12]);
    expect(figuresOf(back)).toEqual(figuresOf(whole));
    const again = sent(new Histogram());
    again.record(7);
    expect(figuresOf(again)).toEqual(figuresOf(histogramOf([7])));
  });

  it("are a copy: neither side sees what the other one records later", () => {
    const histogram = histogramOf([5]);
    const parts = histogram.toParts();
    const back = Histogram.fromParts(parts);
    histogram.record(5);
    back.reset();
    expect(figuresOf(Histogram.fromParts(parts))).toEqual(figuresOf(histogramOf([5])));
  });
});

describe("the exchange format", () => {
  it("brings back every count and percentile, and the mean within 0.05 %", () => {
    fc.assert(
      fc.property(times, (given) => {
        const histogram = histogramOf(given);
        const text = encodeHistogram(histogram);
        expect(text).toMatch(/^HISTFAAA/);
        const decoded = decodeHistogram(text);
        expect(decoded.count).toBe(histogram.count);
        expect(encodeHistogram(decoded)).toBe(text);
        const mean = histogram.mean!;
        expect(Math.abs(decoded.mean! - mean)).toBeLessThanOrEqual(Math.max(1, mean * 0.0005));
      }),
      { numRuns: 50 },
    );
  });

  it("is read by HdrHistogram with the same percentiles", () => {
    const histogram = histogramOf(Array.from({ length: 5000 }, (_, index) => index * index));
    const theirs = decodeFromCompressedBase64(encodeHistogram(histogram));
    expect(theirs.totalCount).toBe(5000);
    for (const percent of [1, 50, 90, 99, 99.9]) {
      expect(histogram.percentile(percent / 100)).toBe(theirs.getValueAtPercentile(percent));
    }
  });

  it("knows an empty one", () => {
    expect(decodeHistogram(encodeHistogram(new Histogram())).count).toBe(0);
  });

  it("does not take another layout for its own", () => {
    const other = build({ highestTrackableValue: 1000, numberOfSignificantValueDigits: 2 }) as {
      encodeIntoCompressedBase64?: () => string;
    };
    expect(() => decodeHistogram(other.encodeIntoCompressedBase64?.() ?? "")).toThrow(RangeError);
  });
});

describe("entries", () => {
  const times = fc.array(fc.integer({ min: 0, max: 2 ** 32 - 1 }), { maxLength: 50 });

  it("add up to what they were taken from, exactly", () => {
    fc.assert(
      fc.property(times, times, (one, other) => {
        const sum = histogramOf(one);
        sum.addEntries(histogramOf(other).toEntries());
        const both = histogramOf([...one, ...other]);
        // Compared by their entries: of their slots nearly all are empty.
        expect(sum.toEntries()).toEqual(both.toEntries());
        expect(figuresOf(sum)).toEqual(figuresOf(both));
      }),
    );
  });
});

describe("the count above a time", () => {
  it("is that of the longer ones, to the width of a slot", () => {
    const histogram = new Histogram();
    for (const us of [10, 20, 30, 5_000, 3_600_000_000]) histogram.record(us);
    expect([0, 9, 10, 29.9, 30, 4_990, 5_010].map((us) => histogram.countAbove(us))).toEqual([
      5, 5, 4, 3, 2, 2, 1,
    ]);
    expect(histogram.countAbove(4_000_000_000)).toBe(0);
    expect(new Histogram().countAbove(0)).toBe(0);
  });
});
