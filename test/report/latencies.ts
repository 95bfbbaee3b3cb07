import { encodeHistogram } from "../../src/metrics/exchange-format.ts";
import { Histogram } from "../../src/metrics/histogram.ts";
import type { LatencySummary } from "../../src/metrics/latency.ts";

export const noLatency: LatencySummary = {
  mean: null,
  p50: null,
  p90: null,
  p95: null,
  p99: null,
  p99_9: null,
  max: null,
};

export const someLatency: LatencySummary = {
  mean: 12_345,
  p50: 850,
  p90: 20_000,
  p95: 30_000,
  p99: 1_250_000,
  p99_9: null,
  max: 2_000_000,
};

/** Of 12 345 measurements, most of them around a millisecond, none of which waited. */
export const histograms = (() => {
  const taken = new Histogram();
  for (let index = 1; index <= 12_345; index++) {
    taken.recordTimes(Math.round(800 + 200_000 / (1 + (index % 1000))), 1);
  }
  const histogram = encodeHistogram(taken);
  return {
    histogram,
    serviceHistogram: histogram,
    poolWaitHistogram: encodeHistogram(new Histogram()),
  };
})();
