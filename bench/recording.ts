/** What it costs to record one latency: alone in its histogram, and as a session reports it. */
import { committed } from "../src/core/outcome.ts";
import { Histogram } from "../src/metrics/histogram.ts";
import { Recorder } from "../src/metrics/recorder.ts";
import { digits } from "../src/report/figures.ts";
import type { Telling } from "./bench.ts";
import { type Spread, spreadOf } from "./spread.ts";
import { spreadText } from "./table.ts";

export function measureRecording({ table }: Telling): void {
  const rows = table("recording one latency", [
    "what".padEnd(18),
    "ns (min to max)".padStart(22),
    "rounds",
    "a round",
  ]);
  const histogram = new Histogram();
  const byHistogram = rounds((latencyUs) => histogram.record(latencyUs));
  const recorder = new Recorder();
  const byRecorder = rounds((latencyUs) =>
    recorder.record({
      operation: "read-resource",
      outcome: committed,
      latencyUs,
      serviceUs: latencyUs,
      poolWaitUs: 0,
      gateWaitUs: 0,
      queueWaitUs: null,
      attempts: 1,
      firstAttemptUs: 900,
      wastedUs: 0,
      failures: [],
    }),
  );
  for (const [name, ns] of [
    ["Histogram.record", byHistogram],
    ["Recorder.record", byRecorder],
  ] as const) {
    rows.row([name, spreadText(ns), String(roundsCount), digits(recordsARound)]);
  }
}

const roundsCount = 7;
const recordsARound = 1_000_000;

/** Nanoseconds a call. The first round compiles and does not count. */
function rounds(record: (latencyUs: number) => void): Spread {
  const latencies = latenciesUs();
  const ns = Array.from({ length: roundsCount + 1 }, () => {
    const startMs = performance.now();
    for (let index = 0; index < recordsARound; index++) {
      record(latencies[index & (latencies.length - 1)] ?? 0);
    }
    return ((performance.now() - startMs) * 1e6) / recordsARound;
  });
  return spreadOf(ns.slice(1));
}

/** A power of two, for the loop above. */
const latenciesCount = 4096;

/** Evenly over the magnitudes from 32 us to 1 s: one and the same would always hit the same slot. */
function latenciesUs(): readonly number[] {
  return Array.from({ length: latenciesCount }, (_, index) => {
    const bits = 5 + ((index * 7) % 15);
    return (1 << bits) + ((index * 7919) % (1 << bits));
  });
}
