import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Histogram } from "../../src/metrics/histogram.ts";
import { exponentialBuckets } from "../../src/telemetry/exponential-buckets.ts";

function histogramOf(times: readonly number[]): Histogram {
  const histogram = new Histogram();
  for (const us of times) histogram.record(us);
  return histogram;
}

/** How many are at most so long, by the buckets alone. */
function countUpTo(seconds: number, buckets: ReturnType<typeof exponentialBuckets>): number {
  const base = 2 ** (2 ** -buckets.scale);
  return buckets.bucketCounts.reduce(
    (sum, count, index) => (base ** (buckets.offset + index + 1) <= seconds ? sum + count : sum),
    buckets.zeroCount,
  );
}

describe("exponential buckets", () => {
  it("lose nothing, are not too many, and put each time where it belongs", () => {
    const times = fc.array(fc.integer({ min: 0, max: 3_600_000_000 }), { minLength: 1 });
    fc.assert(
      fc.property(times, (given) => {
        const buckets = exponentialBuckets(histogramOf(given));
        const inBuckets = buckets.bucketCounts.reduce((sum, count) => sum + count, 0);
        expect(inBuckets + buckets.zeroCount).toBe(given.length);
        expect(buckets.zeroCount).toBe(given.filter((us) => us === 0).length);
        expect(buckets.bucketCounts.length).toBeLessThanOrEqual(160);
        const width = 2 ** (2 ** -buckets.scale) * 1.001;
        for (const us of given) {
          const atMost = (factor: number) => given.filter((one) => one <= us * factor).length;
          const told = countUpTo((us / 1_000_000) * width, buckets);
          expect(told).toBeGreaterThanOrEqual(atMost(1));
          expect(told).toBeLessThanOrEqual(atMost(width * 1.001));
        }
      }),
    );
  });

  it("become coarser where one more would be too many", () => {
    // At scale 8 these are in the buckets -1 and 159, or 158.
    expect(exponentialBuckets(histogramOf([999_000, 1_540_000]))).toMatchObject({ scale: 7 });
    const most = exponentialBuckets(histogramOf([999_000, 1_536_000]));
    expect([most.scale, most.bucketCounts.length]).toEqual([8, 160]);
  });

  it("are as fine as the histogram where its times lie close", () => {
    expect(exponentialBuckets(histogramOf([1_000, 1_100, 1_200])).scale).toBe(8);
    expect(exponentialBuckets(histogramOf([1, 3_600_000_000])).scale).toBeLessThan(3);
  });

  it("have the edges of OpenTelemetry's data model: above the lower, up to the upper", () => {
    // Scale 8, one bucket: 1.5 s is above 2^(149/256) and at most 2^(150/256).
    expect(exponentialBuckets(histogramOf([1_500_000]))).toEqual({
      scale: 8,
      zeroCount: 0,
      offset: 149,
      bucketCounts: [1],
    });
    expect(exponentialBuckets(new Histogram()).bucketCounts).toEqual([]);
  });
});
