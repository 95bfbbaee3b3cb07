/** run.json, schema loadgen.run/1: what users' scripts rely on. */
import type { Plan } from "../core/plan.ts";
import type { Verdict } from "../core/verdict.ts";
import type { InvariantResult } from "../invariants/no-rows.ts";
import {
  operationsSummary,
  poolWaitSummary,
  statementsSummary,
  transactionsSummary,
} from "../metrics/summary.ts";
import { countOf } from "../metrics/tally.ts";
import type { ThresholdResult } from "../metrics/thresholds.ts";
import type { CounterSnapshot } from "../observe/counters.ts";
import { deadlocksBetween, serverPerTransaction } from "../observe/counters.ts";
import type { MachineFingerprint, ServerFingerprint } from "../server/fingerprint.ts";
import type { FaultCourse } from "./chaos.ts";
import type { FaultResult } from "./judge.ts";
import type { Measured } from "./measure.ts";
import { windowSummaries } from "./windows.ts";

export interface ResultParts {
  readonly plan: Plan;
  readonly measured: Measured;
  readonly verdict: Verdict;
  readonly thresholds: readonly ThresholdResult[];
  readonly faults: readonly FaultResult[];
  readonly invariants: readonly InvariantResult[];
  readonly server: ServerFingerprint;
  readonly machine: MachineFingerprint;
  readonly before: CounterSnapshot;
  /** Null: the server was gone by then. */
  readonly after: CounterSnapshot | null;
  /** The run's database, if it was kept. */
  readonly keptDatabase: string | null;
  readonly notes: readonly string[];
}

export type RunResult = ReturnType<typeof runResult>;

export function runResult(parts: ResultParts) {
  const { plan, measured, before, after } = parts;
  const { recorder, observer, zeroMs, lengthMs } = measured;
  const seen = observer.observedBetween(zeroMs, zeroMs + lengthMs);
  const inTime = { tally: recorder.window(0, lengthMs), lengthMs };
  const warmup = measured.warmup.totals;
  return {
    schema: "loadgen.run/1",
    verdict: parts.verdict,
    plan: { ...plan, faults: plan.faults.map((fault) => fault.text) },
    server: parts.server,
    machine: parts.machine,
    transactions: {
      ...transactionsSummary(recorder.totals, inTime),
      lengthMs: Math.round(lengthMs),
      warmup: transactionsSummary(warmup, { tally: warmup, lengthMs: plan.warmupMs }),
    },
    operations: operationsSummary(recorder.totals, inTime),
    statements: statementsSummary(recorder.totals),
    windows: windowSummaries(measured),
    concurrency: { ...seen.concurrency, poolWaitUs: poolWaitSummary(recorder.totals) },
    connections: {
      reconnects: recorder.totals.reconnects,
      reconnectLostUs: Math.round(recorder.totals.reconnectLostUs),
      reconnectErrors: Object.fromEntries(recorder.totals.reconnectErrors),
      sessionsLost: recorder.totals.sessionsLost,
    },
    locks: { ...seen.locks, deadlocks: after === null ? null : deadlocksBetween(before, after) },
    waits: seen.waits,
    faults: parts.faults.map((fault, index) => faultResult(fault, measured.courses[index])),
    thresholds: parts.thresholds,
    invariants: parts.invariants,
    serverPerTransaction: perTransaction(parts),
    observer: measured.observerCost,
    generator: generatorOf(measured),
    digest: { decisions: measured.digest },
    keptDatabase: parts.keptDatabase,
    notes: parts.notes,
  };
}

/**
 * The counters are read before the first session connects and after the last one is gone, because
 * statistics are flushed late; so the work of the warm-up is in them, and in the divisor.
 */
export function perTransaction({
  measured,
  before,
  after,
}: Pick<ResultParts, "measured" | "before" | "after">) {
  if (after === null) return unknownPerTransaction;
  const committed =
    measured.warmup.totals.sum(countOf("committed")) +
    measured.recorder.totals.sum(countOf("committed"));
  return serverPerTransaction(before, after, committed);
}

const unknownPerTransaction = Object.freeze({
  walBytes: null,
  deadTuples: null,
  buffersHit: null,
  buffersRead: null,
});

function faultResult(fault: FaultResult, course: FaultCourse | undefined) {
  const round = (ms: number | null | undefined) => (ms == null ? null : Math.round(ms));
  return {
    name: course?.armed.fault.name ?? "",
    text: fault.text,
    radius: course?.armed.fault.radius ?? "",
    parameters: course?.armed.parameters ?? {},
    startMs: round(course?.startMs),
    endMs: round(course?.endMs),
    effective: fault.effective,
    evidence: fault.evidence,
    undone: fault.undoProblem === null,
    undoProblem: fault.undoProblem,
  };
}

function generatorOf(measured: Measured) {
  const lag = measured.recorder.totals.thinkLag;
  return {
    ...measured.generator,
    scheduleLagUs: { p99: lag.supported(0.99), max: lag.max },
  };
}
