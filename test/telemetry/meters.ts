/** Meters of a run that never was. */
import { Recorder } from "../../src/metrics/recorder.ts";
import { Timeline } from "../../src/metrics/timeline.ts";
import type { RunSample } from "../../src/run/listener.ts";
import { RunMeters } from "../../src/telemetry/run-meters.ts";
import { planWith } from "../helpers/plan.ts";
import { noLatency } from "../report/latencies.ts";

export const sample: RunSample = {
  phase: "measured",
  atMs: 1_000,
  offered: 5,
  achieved: 4,
  waiting: null,
  committed: 4,
  aborted: 0,
  unknown: 0,
  errors: 0,
  retries: 0,
  latencyUs: noLatency,
  busySessions: 2,
  activeSessions: 1,
  waits: [{ type: "Lock", event: "tuple", count: 2 }],
  lockEdges: [],
  oldestTransactionMs: 1_500,
  tables: null,
  faults: ["freeze@1s"],
};

const fault = { name: "freeze", parameters: {}, startMs: 1_000, lengthMs: null };

/** Of a plan with two faults, before anything is told. */
export function meters(scenario = "ledger"): RunMeters {
  const faults = ["freeze@1s", "freeze@9s"].map((text) => ({ ...fault, text }));
  return new RunMeters(planWith({ scenario, variant: "current", faults }), "1.2.3");
}

/** Tells what the recorder took in a second, as a run does: the tally is emptied afterwards. */
export function second(told: RunMeters, fill: (recorder: Recorder) => void): void {
  const recorder = new Recorder();
  fill(recorder);
  const tally = recorder.take();
  new Timeline(told.interval).tick(1_000, [tally]);
  tally.reset();
}
