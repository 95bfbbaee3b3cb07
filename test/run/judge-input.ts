/** What a judge is given, by hand, with what matters given. */
import { Recorder } from "../../src/metrics/recorder.ts";
import { parseThreshold, type Threshold } from "../../src/metrics/thresholds/threshold-text.ts";
import type { Measurements } from "../../src/metrics/thresholds/thresholds.ts";
import { judge } from "../../src/run/judge.ts";
import type { FaultResult, JudgeInput } from "../../src/run/judge-input.ts";
import { finished } from "../metrics/transactions.ts";
import { unmeasured } from "../metrics/thresholds/unmeasured.ts";

export function measured(fill: (recorder: Recorder) => void): Measurements {
  const recorder = new Recorder();
  fill(recorder);
  const tally = recorder.take();
  const whole = { lengthMs: 20_000, tally, inTime: tally };
  return { ...unmeasured, whole };
}

export const good = measured((recorder) => {
  for (let count = 0; count < 3412; count++) recorder.record(finished());
});

export const nothing = measured((recorder) => recorder.censored("write", 5_000_000));

export const onlyFailures = measured((recorder) => {
  recorder.record(finished({ outcome: { kind: "aborted", code: "23505" } }));
  for (let count = 0; count < 3; count++) {
    recorder.record(finished({ outcome: { kind: "aborted", code: "55P03" } }));
  }
});

export function threshold(metric: string, expression: string): Threshold {
  const read = parseThreshold({ source: "scenario", metric, expression });
  if (!read.ok) throw new Error(read.problems.join());
  return read.value;
}

export const fault: FaultResult = {
  name: "pool-limit",
  text: "pool-limit:max=6",
  crashes: false,
  isTask: false,
  effective: true,
  evidence: "at most 6 busy sessions",
  undoProblem: null,
  endsTransactions: false,
  impact: null,
};

export const fine: JudgeInput = {
  sessions: 100,
  measurements: good,
  thresholds: [],
  faults: [],
  invariants: [],
  doubts: [],
  generatorDoubts: [],
  commitsUnchecked: false,
  isUnobserved: false,
  overload: null,
  signal: null,
};

export function verdict(given: Partial<JudgeInput>) {
  return judge({ ...fine, ...given }).verdict;
}
