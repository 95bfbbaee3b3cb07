/** The figures by which a histogram is told, in results, samples and reports alike. */
import type { Histogram } from "./histogram.ts";

/** Whole microseconds; null where the histogram is empty, or too small to support a percentile. */
export interface LatencySummary {
  readonly mean: number | null;
  readonly p50: number | null;
  readonly p90: number | null;
  readonly p95: number | null;
  readonly p99: number | null;
  readonly p99_9: number | null;
  readonly max: number | null;
}

export function latencySummary(histogram: Histogram): LatencySummary {
  const mean = histogram.mean;
  return {
    mean: mean === null ? null : Math.round(mean),
    p50: histogram.supported(0.5),
    p90: histogram.supported(0.9),
    p95: histogram.supported(0.95),
    p99: histogram.supported(0.99),
    p99_9: histogram.supported(0.999),
    max: histogram.max,
  };
}
