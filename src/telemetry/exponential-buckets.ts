/**
 * A histogram in OpenTelemetry's exponential buckets: at scale s, bucket i holds what is above
 * base^i and at most base^(i+1), with base = 2^(2^-s)
 * (https://opentelemetry.io/docs/specs/otel/metrics/data-model/#exponentialhistogram).
 */
import type { Histogram } from "../metrics/histogram.ts";

export interface ExponentialBuckets {
  readonly scale: number;
  /** Below any time that can be told. */
  readonly zeroCount: number;
  readonly offset: number;
  readonly bucketCounts: readonly number[];
}

/** As many as OpenTelemetry's own histograms have by default. */
const bucketsMax = 160;

/** A bucket is then 0.27 % wide: finer than that the histogram is not. */
const scaleMax = 8;

/** Of microseconds in seconds, at the finest scale whose buckets are not too many. */
export function exponentialBuckets(histogram: Histogram): ExponentialBuckets {
  let zeroCount = 0;
  const times: { readonly seconds: number; readonly count: number }[] = [];
  for (const { lowestUs, highestUs, count } of histogram.slots()) {
    if (lowestUs === 0) zeroCount += count;
    else times.push({ seconds: (lowestUs + highestUs) / 2_000_000, count });
  }
  const [first, last] = [times[0]?.seconds ?? 1, times.at(-1)?.seconds ?? 1];
  let scale = scaleMax;
  while (bucketOf(last, scale) - bucketOf(first, scale) >= bucketsMax) scale--;
  const offset = bucketOf(first, scale);
  const count = times.length === 0 ? 0 : bucketOf(last, scale) - offset + 1;
  const bucketCounts = new Array<number>(count).fill(0);
  for (const { seconds, count } of times) {
    const bucket = bucketOf(seconds, scale) - offset;
    bucketCounts[bucket] = (bucketCounts[bucket] ?? 0) + count;
  }
  return { scale, zeroCount, offset, bucketCounts };
}

/** By the logarithm, as the data model allows: off by one next to a bucket's edge at most. */
function bucketOf(seconds: number, scale: number): number {
  return Math.ceil(Math.log2(seconds) * 2 ** scale) - 1;
}
