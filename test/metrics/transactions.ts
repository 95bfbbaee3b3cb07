import type { Outcome } from "../../src/core/outcome.ts";
import type { FinishedTransaction } from "../../src/metrics/recorder.ts";
import { Tally } from "../../src/metrics/tally.ts";

export const committed: Outcome = { kind: "committed" };
export const aborted: Outcome = { kind: "aborted", code: "40001" };
export const unknown: Outcome = { kind: "unknown", code: "57P01" };

interface Given extends Partial<Omit<FinishedTransaction, "failures">> {
  /** By code; the message follows from it. */
  readonly failures?: readonly string[];
}

/** A committed `write` of 1 ms; what differs is given. */
export function finished(given: Given = {}): FinishedTransaction {
  const outcome = given.outcome ?? committed;
  const codes = given.failures ?? (outcome.kind === "committed" ? [] : [outcome.code]);
  return {
    operation: "write",
    outcome,
    latencyUs: 1000,
    serviceUs: 900,
    poolWaitUs: 100,
    gateWaitUs: 0,
    queueWaitUs: null,
    attempts: 1,
    firstAttemptUs: 900,
    wastedUs: 0,
    ...given,
    failures: codes.map((code) => ({ code, message: `message of ${code}` })),
  };
}

/** A tally of committed `write`s with these latencies. */
export function tallyOf(latenciesUs: readonly number[]): Tally {
  const tally = new Tally();
  for (const us of latenciesUs) tally.operation("write").latency.committed.record(us);
  return tally;
}
