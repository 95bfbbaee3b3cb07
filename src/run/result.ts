/** run.json, schema loadgen.run/1: what users' scripts rely on. */
import type { Plan } from "../core/plan.ts";
import type { Verdict } from "../core/verdict.ts";
import type { FaultParameters } from "../faults/fault.ts";
import type { LedgerResult } from "../invariants/ledger.ts";
import type { InvariantResult } from "../invariants/no-rows.ts";
import { latencySummary } from "../metrics/latency.ts";
import {
  gatesSummary,
  operationsSummary,
  poolWaitSummary,
  statementsSummary,
  transactionsSummary,
} from "../metrics/summary.ts";
import { countOf } from "../metrics/tally.ts";
import type { ThresholdResult } from "../metrics/thresholds/thresholds.ts";
import { deadlocksBetween, serverPerTransaction } from "../observe/snapshots/counters.ts";
import {
  activityPerTransaction,
  serverActivityBetween,
} from "../observe/snapshots/server-activity.ts";
import type { Snapshot } from "../observe/snapshots/snapshot.ts";
import { shownQuery } from "../observe/snapshots/statements.ts";
import type { MachineFingerprint, ServerFingerprint } from "../server/fingerprint.ts";
import { packageVersion } from "../server/package-root.ts";
import type { Calibration } from "./calibration.ts";
import type { FaultCourse } from "./faults/fault-course.ts";
import type { CrossCheck } from "./cross-check.ts";
import type { Remembrance } from "./equal-runs.ts";
import type { ExplainSummary } from "./explain/explained.ts";
import type { GeneratorHealth } from "./generator-health.ts";
import type { FaultResult } from "./judge.ts";
import type { Measured } from "./measure.ts";
import { type Soaked, soakOf } from "./soak.ts";
import type { Steadiness } from "./steadiness.ts";
import type { Weighable } from "./weigh.ts";
import { windowSummaries } from "./windows.ts";

/** What every run has, whoever drove it. */
export interface WeighedParts {
  readonly plan: Plan;
  readonly measured: Weighable;
  readonly verdict: Verdict;
  readonly thresholds: readonly ThresholdResult[];
  readonly faults: readonly FaultResult[];
  readonly invariants: readonly InvariantResult[];
  /** Null: the run kept none, or the server was gone by then. */
  readonly ledger: LedgerResult | null;
  readonly server: ServerFingerprint;
  readonly machine: MachineFingerprint;
  readonly before: Snapshot;
  /** Null: the server was gone by then. */
  readonly after: Snapshot | null;
  /** The run's database, if it was kept. */
  readonly keptDatabase: string | null;
  readonly notes: readonly string[];
  readonly crossCheck: CrossCheck;
  readonly steadiness: Steadiness;
}

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

export type RunFigures = ReturnType<typeof runResult>;

/** What run.json has. */
export type RunResult = RunFigures & Remembrance;

/** What run.json has of a run that other machines drove, and that nobody looked at meanwhile. */
export type GatheredResult = ReturnType<typeof gatheredResult>;

export type AnyResult = RunResult | GatheredResult;

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

/**
 * The counters are read before the first session connects and after the last one is gone, because
 * statistics are flushed late; so the work of the warm-up is in them, and in the divisor.
 */
export function perTransaction({
  measured,
  before,
  after,
}: Pick<WeighedParts, "measured" | "before" | "after">) {
  if (after === null) return unknownPerTransaction;
  const committed =
    measured.warmup.totals.sum(countOf("committed")) +
    measured.timeline.totals.sum(countOf("committed"));
  return {
    ...serverPerTransaction(before, after, committed),
    ...activityPerTransaction(before, after, committed),
  };
}

const unknownPerTransaction = Object.freeze({
  walBytes: null,
  walRecords: null,
  walFullPages: null,
  deadTuples: null,
  buffersHit: null,
  buffersRead: null,
  functionUs: null,
  hotShare: null,
  tableBytesGrown: null,
  indexBytesGrown: null,
});

function faultResult(fault: FaultResult, course: FaultCourse | undefined) {
  const round = (ms: number | null | undefined) => (ms == null ? null : Math.round(ms));
  return {
    name: course?.armed.fault.name ?? "",
    text: fault.text,
    radius: course?.armed.fault.radius ?? "",
    parameters: shownParameters(course?.armed.parameters ?? {}),
    startMs: round(course?.startMs),
    releasedMs: round(course?.releasedMs),
    endMs: round(course?.endMs),
    effective: fault.effective,
    evidence: fault.evidence,
    undone: fault.undoProblem === null,
    undoProblem: fault.undoProblem,
    task: taskOf(course),
    debt: course?.debt ?? null,
    impact: fault.impact,
  };
}

/** SQL of the user's own may have passwords among its literals: only plan.json has it in full. */
function shownParameters({ sql, ...others }: FaultParameters): FaultParameters {
  return sql === undefined ? others : { ...others, sql: shownQuery(String(sql)) };
}

/** What became of a side task, and how many sessions waited for it at a time; null: it is none, or never came. */
function taskOf(course: FaultCourse | undefined) {
  if (course?.armed.fault.endsByItself !== true || course.figures.outcome === undefined)
    return null;
  const { outcome, tookMs, code, message, blocked } = course.figures;
  return {
    outcome: String(outcome),
    tookMs: Number(tookMs),
    sqlstate: code === "" ? null : String(code),
    message: message === "" ? null : String(message),
    blockedMax: Number(blocked),
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
