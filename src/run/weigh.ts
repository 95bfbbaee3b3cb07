/**
 * What a run comes to, whoever drove it: audit, cross-check and judgement, from what was measured
 * and from the database that it left.
 */
import type { Plan } from "../core/plan.ts";
import type { Verdict } from "../core/verdict.ts";
import type { CrewReport } from "../engine/crew.ts";
import type { EngineFacts } from "../engine/facts.ts";
import type { LedgerResult } from "../invariants/ledger.ts";
import type { InvariantResult } from "../invariants/no-rows.ts";
import type { FaultName, FaultRecovery } from "../metrics/thresholds/recovery-threshold.ts";
import type { Tally } from "../metrics/tally.ts";
import { countOf } from "../metrics/operation-tally.ts";
import type { Spans } from "../metrics/thresholds/spans.ts";
import type { Measurements, ThresholdResult } from "../metrics/thresholds/thresholds.ts";
import type { IntervalSample, Timeline } from "../metrics/timeline.ts";
import { type Snapshot, snapshotAfter } from "../observe/snapshots/snapshot.ts";
import type { Address } from "../server/address.ts";
import { ServerError } from "../server/connection.ts";
import {
  type MachineFingerprint,
  machineFingerprint,
  type ServerFingerprint,
} from "../server/fingerprint.ts";
import { audit, type Audited } from "./audit.ts";
import { crossCheck, type CrossCheck, crossCheckDoubts } from "./cross-check.ts";
import type { FaultCourse } from "./faults/fault-course.ts";
import { judge } from "./judge.ts";
import type { FaultResult, JudgeInput } from "./judge-input.ts";
import { perTransaction } from "./per-transaction.ts";
import type { RunRequest } from "./request.ts";
import { awaitSessionsGone } from "./sessions-gone.ts";
import { type Steadiness, steadinessOf } from "./steadiness.ts";
import { recoveryStretch, windowsAround, windowTallies } from "./windows.ts";

/** What was measured, as far as it does not take an observer. */
export interface Weighable extends Omit<CrewReport, "inUseMax"> {
  readonly warmup: Timeline;
  readonly timeline: Timeline;
  /** The full seconds of the measured time. */
  readonly seconds: readonly IntervalSample[];
  readonly lengthMs: number;
  readonly engine: EngineFacts;
  readonly courses: readonly FaultCourse[];
}

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

/** What was asked for. */
export type Asked = Pick<
  RunRequest,
  "plan" | "scenario" | "system" | "thresholds" | "folder" | "interrupted"
>;

export interface Concluded {
  /** The run's database, which no session uses any more. */
  readonly address: Address;
  readonly server: ServerFingerprint;
  readonly before: Snapshot;
  readonly measured: Weighable;
  /** Of the measured time, whole. */
  readonly spans: Spans;
  readonly notes: readonly string[];
  /** Why the run is no evidence, whatever was measured. */
  readonly doubts: readonly string[];
}

/** What only those know who were there. */
export interface Circumstances extends Pick<
  JudgeInput,
  "faults" | "generatorDoubts" | "overload" | "isUnobserved"
> {
  /** Transactions that our own connections beside the sessions had in the database. */
  readonly ownBeside: number;
  /** The sessions went through a pooler. */
  readonly isPooled: boolean;
  /** Others may have worked in the database, whose transactions nobody counted. */
  readonly isShared: boolean;
}

/** What the server said once the sessions were gone: nothing, and why, if it could not be asked. */
interface Afterwards extends Audited {
  readonly after: Snapshot | null;
}

export async function weigh(
  request: Asked,
  seen: Concluded,
  around: Circumstances,
): Promise<WeighedParts> {
  const { plan, thresholds, interrupted } = request;
  const { address, measured } = seen;
  const { after, invariants, ledger, doubts } = await askAfterwards(request, seen);
  const check = crossCheckOf(seen, { after, around });
  const { faults } = around;
  const judgement = judge({
    ...around,
    sessions: plan.sessions,
    measurements: measurementsOf({ ...seen, after, invariants }, faults),
    thresholds,
    invariants,
    doubts: [...seen.doubts, ...measured.doubts, ...doubts, ...crossCheckDoubts(check)],
    commitsUnchecked:
      !plan.ledger && measured.courses.some(({ armed }) => armed.fault.dropsConnections),
    signal: interrupted.aborted ? (interrupted.reason as "SIGINT" | "SIGTERM") : null,
  });
  const isToBeSeen = doubts.length > 0 || invariants.some(({ ok }) => ok === false);
  const keep = plan.keep || isToBeSeen;
  return {
    ...seen,
    plan,
    after,
    ...judgement,
    faults,
    invariants,
    ledger,
    crossCheck: check,
    steadiness: steadinessOf(plan, measured.seconds),
    machine: machineFingerprint(),
    keptDatabase: !plan.existing && keep ? address.database : null,
  };
}

function crossCheckOf(
  { measured, before }: Concluded,
  { after, around }: Pick<Afterwards, "after"> & { readonly around: Circumstances },
): CrossCheck {
  const tallies = [measured.timeline.totals, measured.warmup.totals];
  const codes = tallies.flatMap(({ operations, reconnectErrors }) => [
    ...[...operations.values()].flatMap(({ errors }) => [...errors.keys()]),
    ...reconnectErrors.keys(),
  ]);
  const sum = (figure: (tally: Tally) => number) =>
    tallies.reduce((total, tally) => total + figure(tally), 0);
  return crossCheck({
    isShared: around.isShared,
    isPooled: around.isPooled,
    hasTasks: measured.courses.some(({ armed }) => armed.fault.endsByItself === true),
    before,
    after,
    counted: measured.transactionsEnded,
    ownBeside: around.ownBeside,
    committed: sum((tally) => tally.sum(countOf("committed"))),
    lostConnections: measured.lostConnections,
    notificationsHeard: measured.stores.reduce((total, { heard }) => total + heard, 0),
    codes,
  });
}

/**
 * Once the sessions' backends are gone: their last statistics, and the audit. A server that is gone
 * by then does not take with it what was measured, nor what is known of the faults.
 */
async function askAfterwards(
  request: Asked,
  { address, measured, before }: Concluded,
): Promise<Afterwards> {
  let after: Snapshot;
  try {
    await awaitSessionsGone(address, request.scenario);
    after = await snapshotAfter(address, before.missing);
  } catch (error) {
    if (!(error instanceof ServerError)) throw error;
    const doubt = `after the run the server could not be asked, so nothing was audited: ${error.message}`;
    return { after: null, invariants: [], ledger: null, doubts: [doubt] };
  }
  await request.folder.writeJson("after.json", after);
  const { system, plan } = request;
  const { courses } = measured;
  return { after, ...(await audit({ system, plan, known: measured, courses }, address)) };
}

function measurementsOf(
  seen: Concluded & Pick<Afterwards, "after" | "invariants">,
  faults: readonly FaultResult[],
): Measurements {
  const { timeline, lengthMs, courses } = seen.measured;
  const perCommitted = perTransaction(seen);
  const windows = courses.flatMap((course) =>
    windowsAround(course, courses, lengthMs).map((window) => ({
      ...window,
      fault: course.armed.fault.name,
    })),
  );
  return {
    whole: { lengthMs, tally: timeline.totals, inTime: timeline.window(0, lengthMs) },
    windows: windows.map((window) => ({
      ...window,
      lengthMs: window.endMs - window.startMs,
      ...windowTallies(window, seen.measured),
    })),
    spans: seen.spans.ended(timeline.window(lengthMs, timeline.endMs)),
    ...recoveriesOf(faults, seen.measured),
    invariants: seen.invariants,
    deadTuples: perCommitted.deadTuples,
    walBytes: perCommitted.walBytes,
  };
}

function recoveriesOf(
  faults: readonly FaultResult[],
  { courses, lengthMs }: Weighable,
): Pick<Measurements, "recoveries" | "unrecoverable"> {
  const recoveries: FaultRecovery[] = [];
  const unrecoverable: FaultName[] = [];
  for (const [index, { name, text, impact }] of faults.entries()) {
    const course = courses[index];
    const recovers = course !== undefined && recoveryStretch(course, courses, lengthMs) !== null;
    if (recovers && impact !== null) recoveries.push({ name, text, recovered: impact.recovered });
    else unrecoverable.push({ name, text });
  }
  return { recoveries, unrecoverable };
}
