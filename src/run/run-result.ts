/** Puts run.json together, schema loadgen.run/1: what users' scripts rely on. */
import type { Plan } from "../core/plan.ts";
import { storesByName } from "../engine/stores.ts";
import { latencySummary } from "../metrics/latency.ts";
import {
  gatesSummary,
  operationsSummary,
  poolWaitSummary,
  statementsSummary,
  transactionsSummary,
} from "../metrics/summary.ts";
import { deadlocksBetween } from "../observe/snapshots/counters.ts";
import { serverActivityBetween } from "../observe/snapshots/server-activity.ts";
import { packageVersion } from "../server/package-root.ts";
import type { Calibration } from "./calibration.ts";
import type { ExplainSummary } from "./explain/explained.ts";
import type { GeneratorHealth } from "./generator-health.ts";
import { faultResult } from "./fault-result.ts";
import type { Measured } from "./measure.ts";
import { perTransaction } from "./per-transaction.ts";
import { type Soaked, soakOf } from "./soak.ts";
import type { WeighedParts } from "./weigh.ts";
import { windowSummaries } from "./windows.ts";

export interface ResultParts extends WeighedParts {
  readonly measured: Measured;
  /** Open loop: more was offered than was served. */
  readonly isOverloaded: boolean;
  readonly generator: GeneratorHealth;
  /** This machine's own ceiling, if it is known. */
  readonly calibration: Calibration | null;
  /** Null: nobody asked for it, or the run had no end at which to ask. */
  readonly explain: ExplainSummary | null;
}

/** Without what equal runs came to. */
export type RunFigures = ReturnType<typeof runResult>;

/** Of a run that other machines drove, and that nobody looked at meanwhile. */
export type GatheredResult = ReturnType<typeof gatheredResult>;

export function runResult(parts: ResultParts) {
  const { measured, before, after } = parts;
  const { timeline, observer, zeroMs, lengthMs } = measured;
  const seen = observer.observedBetween(zeroMs, zeroMs + lengthMs);
  const { connections: backendsMax } = observer.activityBetween(zeroMs, zeroMs + lengthMs);
  return {
    ...weighedResult(parts),
    concurrency: {
      ...seen.concurrency,
      connectionsInUseMax: measured.inUseMax,
      backendsMax,
      poolWaitUs: poolWaitSummary(timeline.totals),
    },
    locks: { ...seen.locks, deadlocks: after === null ? null : deadlocksBetween(before, after) },
    waits: seen.waits,
    beside: observer.beside,
    host: measured.host,
    soak: soakOf(measured),
    observer: measured.observerCost,
    generator: parts.generator,
    offered: offeredOf(measured, parts.isOverloaded),
    calibration: parts.calibration,
    explain: parts.explain,
  };
}

/** No figure stands in for what nobody has seen. */
export function gatheredResult(parts: WeighedParts) {
  const { measured, before, after } = parts;
  return {
    ...weighedResult(parts),
    concurrency: {
      connectionsUsed: null,
      busySessions: null,
      activeSessions: null,
      idleInTransaction: null,
      connectionsInUseMax: null,
      backendsMax: null,
      poolWaitUs: poolWaitSummary(measured.timeline.totals),
    },
    locks: {
      samples: 0,
      waiting: null,
      edges: [],
      deadlocks: after === null ? null : deadlocksBetween(before, after),
    },
    waits: [],
    beside: null,
    host: null,
    soak: [] as readonly Soaked[],
    observer: null,
    generator: null,
    offered: null,
    calibration: null,
    explain: null,
    noiseKey: null,
    equalRuns: null,
  };
}

function weighedResult(parts: WeighedParts) {
  const { plan, measured } = parts;
  const { timeline, lengthMs } = measured;
  const inTime = { tally: timeline.window(0, lengthMs), lengthMs };
  const warmup = measured.warmup.totals;
  return {
    schema: "loadgen.run/1",
    loadgen: packageVersion(),
    verdict: parts.verdict,
    plan: { ...plan, arrivals: arrivalsOf(plan), faults: plan.faults.map((fault) => fault.text) },
    server: parts.server,
    machine: parts.machine,
    engine: measured.engine,
    transactions: {
      ...transactionsSummary(timeline.totals, inTime),
      lengthMs: Math.round(lengthMs),
      warmup: transactionsSummary(warmup, { tally: warmup, lengthMs: plan.warmupMs }),
    },
    operations: operationsSummary(timeline.totals, inTime),
    statements: statementsSummary(timeline.totals),
    gates: gatesSummary(timeline.totals),
    stores: storesByName(measured.stores),
    windows: windowSummaries(measured),
    connections: {
      reconnects: timeline.totals.reconnects,
      reconnectLostUs: Math.round(timeline.totals.reconnectLostUs),
      reconnectErrors: Object.fromEntries(timeline.totals.reconnectErrors),
      sessionsLost: timeline.totals.sessionsLost,
    },
    faults: parts.faults.map((fault, index) => faultResult(fault, measured.courses[index])),
    thresholds: parts.thresholds,
    invariants: parts.invariants,
    ledger: parts.ledger,
    serverPerTransaction: perTransaction(parts),
    // Null: the server was gone by then.
    serverActivity: parts.after === null ? null : serverActivityBetween(parts.before, parts.after),
    crossCheck: parts.crossCheck,
    steadiness: parts.steadiness,
    digest: { decisions: measured.digest },
    keptDatabase: parts.keptDatabase,
    notes: parts.notes,
  };
}

/** Without the table of gaps, which plan.json has. */
function arrivalsOf({ arrivals }: Plan) {
  if (arrivals === null) return null;
  const { distribution, rateAtEnd } = arrivals;
  return { distribution, rateAtEnd };
}

/** Open loop: what was planned of the measured time, and how much of it waited for a session. */
function offeredOf({ offered, timeline, lengthMs }: Measured, isOverloaded: boolean) {
  if (offered === null) return null;
  const queueWait = timeline.totals.merged((operation) => operation.queueWait);
  return {
    due: offered.due,
    isOverloaded,
    perSecond: lengthMs > 0 ? Math.round((offered.due * 100_000) / lengthMs) / 100 : 0,
    neverStarted: timeline.totals.sum((operation) => operation.neverStarted),
    waitingMax: Math.max(0, ...offered.waiting),
    waitingAtEnd: offered.waiting.at(-1) ?? 0,
    queueWaitUs: latencySummary(queueWait),
  };
}
