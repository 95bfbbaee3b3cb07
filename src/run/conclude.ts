/** From what was measured to what it means: audit, proofs, judgement, and the result of it all. */
import type { Plan } from "../core/plan.ts";
import { overloadOf } from "../metrics/overload.ts";
import { countOf, type Tally } from "../metrics/tally.ts";
import type { Measurements } from "../metrics/thresholds.ts";
import { type CounterSnapshot, readCounters } from "../observe/counters.ts";
import type { Address } from "../server/address.ts";
import { Connection, ServerError } from "../server/connection.ts";
import { machineFingerprint, type ServerFingerprint } from "../server/fingerprint.ts";
import { audit, type Audited } from "./audit.ts";
import type { FaultCourse } from "./fault-course.ts";
import { impactOf } from "./impact.ts";
import { rememberRun } from "./equal-runs.ts";
import { type CrossCheck, crossCheck, crossCheckDoubts } from "./cross-check.ts";
import { type GeneratorHealth, generatorHealth } from "./generator-health.ts";
import { type FaultResult, judge, type JudgeInput } from "./judge.ts";
import type { Measured } from "./measure.ts";
import { perTransaction, type RunResult, runResult } from "./result.ts";
import type { RunRequest } from "./request.ts";
import { awaitSessionsGone } from "./sessions-gone.ts";
import { steadinessOf } from "./steadiness.ts";
import { goesThrough } from "./ways.ts";
import { evidenceAround, recoveryStretch, windowsAround, windowTallies } from "./windows.ts";

export interface Concluded {
  /** The run's database, which no session uses any more. */
  readonly address: Address;
  readonly server: ServerFingerprint;
  readonly before: CounterSnapshot;
  readonly measured: Measured;
  readonly notes: readonly string[];
  /** Why the run is no evidence, whatever was measured. */
  readonly doubts: readonly string[];
}

/** What the server said once the sessions were gone: nothing, and why, if it could not be asked. */
interface Afterwards extends Audited {
  readonly after: CounterSnapshot | null;
}

export async function conclude(request: RunRequest, seen: Concluded): Promise<RunResult> {
  const { plan, thresholds, interrupted } = request;
  const measured = asSeen(seen.measured, plan);
  const { address } = seen;
  const { after, invariants, ledger, doubts } = await askAfterwards(request, seen);
  const faults = measured.courses.map((course) => faultResult(course, measured, plan));
  const generator = generatorOf(measured, plan);
  const check = crossCheckOf(seen, { plan, after });
  const overload = overloadIn(measured, plan);
  const judgement = judge({
    sessions: plan.sessions,
    measurements: measurementsOf({ ...seen, after }, faults),
    thresholds,
    faults,
    invariants,
    doubts: [...seen.doubts, ...measured.doubts, ...doubts, ...crossCheckDoubts(check)],
    commitsUnchecked:
      !plan.ledger && measured.courses.some(({ armed }) => armed.fault.dropsConnections),
    generatorDoubts: generator.doubts,
    overload,
    signal: interrupted.aborted ? (interrupted.reason as "SIGINT" | "SIGTERM") : null,
  });
  const isToBeSeen = doubts.length > 0 || invariants.some(({ ok }) => ok === false);
  const keep = plan.keep || isToBeSeen;
  const result = runResult({
    ...seen,
    measured,
    plan,
    after,
    ...judgement,
    faults,
    invariants,
    ledger,
    generator,
    isOverloaded: overload !== null,
    crossCheck: check,
    steadiness: steadinessOf(plan, measured.seconds),
    calibration: request.calibration,
    machine: machineFingerprint(),
    keptDatabase: !plan.existing && keep ? address.database : null,
  });
  return { ...result, equalRuns: await rememberRun(request, result) };
}

/** Which connections a pooler lends at a time is its own matter: those count that the server saw. */
function asSeen(measured: Measured, plan: Plan): Measured {
  if (!isPooled(measured, plan)) return measured;
  const { inUseMax } = measured;
  return { ...measured, inUseMax: Math.min(inUseMax, backendsIn(measured) ?? inUseMax) };
}

function isPooled({ courses }: Measured, plan: Plan): boolean {
  return goesThrough("pooler", { plan, armed: courses.map(({ armed }) => armed) });
}

function generatorOf(measured: Measured, { rate }: Plan): GeneratorHealth {
  const { totals } = measured.timeline;
  return generatorHealth({
    threads: measured.threads,
    rssBytesMax: measured.rssBytesMax,
    started: totals.started,
    latency: totals.merged((operation) => operation.latency.committed),
    scheduleLag: totals.scheduleLag,
    heardLag: totals.heardLag,
    atWorkMax: measured.inUseMax,
    backends: backendsIn(measured),
    isOpenLoop: rate !== null,
  });
}

/** In the largest sample of the measured time; null without any. */
function backendsIn({ observer, zeroMs, lengthMs }: Measured): number | null {
  const { samples, connections } = observer.activityBetween(zeroMs, zeroMs + lengthMs);
  return samples === 0 ? null : connections;
}

function overloadIn({ offered, lengthMs }: Measured, { sessions }: Plan): JudgeInput["overload"] {
  if (offered === null || lengthMs === 0) return null;
  const found = overloadOf({ sessions, offered: offered.due, waiting: offered.waiting });
  return found && { ...found, offeredPerSecond: (offered.due * 1000) / lengthMs };
}

function crossCheckOf(
  { measured, before }: Concluded,
  { plan, after }: Pick<Afterwards, "after"> & { readonly plan: Plan },
): CrossCheck {
  const tallies = [measured.timeline.totals, measured.warmup.totals];
  const codes = tallies.flatMap(({ operations, reconnectErrors }) => [
    ...[...operations.values()].flatMap(({ errors }) => [...errors.keys()]),
    ...reconnectErrors.keys(),
  ]);
  const sum = (figure: (tally: Tally) => number) =>
    tallies.reduce((total, tally) => total + figure(tally), 0);
  return crossCheck({
    isShared: plan.existing,
    isPooled: isPooled(measured, plan),
    before,
    after,
    counted: measured.transactionsEnded,
    ownBeside: measured.observerCost.transactions + measured.faultTransactions,
    committed: sum((tally) => tally.sum(countOf("committed"))),
    lostConnections: measured.lostConnections,
    codes,
  });
}

/**
 * Once the sessions' backends are gone: their last statistics, and the audit. A server that is gone
 * by then does not take with it what was measured, nor what is known of the faults.
 */
async function askAfterwards(
  request: RunRequest,
  { address, measured }: Concluded,
): Promise<Afterwards> {
  let after: CounterSnapshot;
  try {
    await awaitSessionsGone(address, request.scenario);
    after = await Connection.use(address, "loadgen/counters", readCounters);
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
  seen: Concluded & Pick<Afterwards, "after">,
  faults: readonly FaultResult[],
): Measurements {
  const { timeline, lengthMs, courses } = seen.measured;
  const perCommitted = perTransaction(seen);
  const windows = courses.flatMap((course) => windowsAround(course, courses, lengthMs));
  return {
    whole: { lengthMs, tally: timeline.totals, inTime: timeline.window(0, lengthMs) },
    windows: windows.map((window) => ({
      name: window.name,
      lengthMs: window.endMs - window.startMs,
      ...windowTallies(window, seen.measured),
    })),
    recoveries: recoveriesOf(faults, seen.measured),
    deadTuples: perCommitted.deadTuples,
    walBytes: perCommitted.walBytes,
  };
}

function recoveriesOf(
  faults: readonly FaultResult[],
  { courses, lengthMs }: Measured,
): Measurements["recoveries"] {
  return faults.flatMap(({ name, text, impact }, index) => {
    const course = courses[index];
    const recovers = course !== undefined && recoveryStretch(course, courses, lengthMs) !== null;
    return recovers && impact !== null ? [{ name, text, recovered: impact.recovered }] : [];
  });
}

function faultResult(course: FaultCourse, measured: Measured, plan: Plan): FaultResult {
  const { armed, undoProblem } = course;
  const { name, endsTransactions } = armed.fault;
  const impact = impactOf(course, measured, plan);
  return {
    name,
    text: armed.planned.text,
    ...proofOf(course, measured),
    undoProblem,
    crashes: armed.fault.crashes === true,
    endsTransactions: endsTransactions && impact !== null,
    impact,
  };
}

function proofOf(
  course: FaultCourse,
  measured: Measured,
): Pick<FaultResult, "effective" | "evidence"> {
  const { armed, injectProblem } = course;
  if (injectProblem !== null) {
    return { effective: false, evidence: `it could not be injected: ${injectProblem}` };
  }
  const seen = evidenceAround(course, measured);
  if (seen === null) return { effective: null, evidence: "the run ended before it came" };
  const { effective, evidence } = armed.fault.prove(seen, armed.parameters);
  const trouble = course.trouble === null ? "" : `; it stopped half-way: ${course.trouble}`;
  return { effective, evidence: evidence + trouble };
}
