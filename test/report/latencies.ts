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
