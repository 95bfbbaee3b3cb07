/**
 * One run from its plan to its result: prepare, warm up, measure, break, recover, audit, judge. The
 * phases stand here in order; each is a function with a file of its own.
 */
import type { Plan } from "../core/plan.ts";
import type { Scenario } from "../core/scenario.ts";
import type { System } from "../core/system.ts";
import type { Threshold } from "../metrics/threshold-text.ts";
import { type CounterSnapshot, readCounters } from "../observe/counters.ts";
import type { Address } from "../server/address.ts";
import { Connection } from "../server/connection.ts";
import { machineFingerprint, serverFingerprint } from "../server/fingerprint.ts";
import { acquireRunLock } from "../server/run-lock.ts";
import { audit } from "./audit.ts";
import type { ArmedFault } from "./chaos.ts";
import { checkBeforehand } from "./checks.ts";
import { prepareDatabase } from "./database.ts";
import { judge, type FaultResult } from "./judge.ts";
import type { RunListener } from "./listener.ts";
import { type Measured, measure } from "./measure.ts";
import { perTransaction, type RunResult, runResult } from "./result.ts";
import { restoreAll } from "./restore.ts";
import { awaitSessionsGone } from "./sessions-gone.ts";
import { intervalLog } from "./interval-log.ts";
import type { RunFolder } from "./store.ts";
import { evidenceAround, windowsAround } from "./windows.ts";

export interface RunRequest {
  readonly runId: string;
  readonly plan: Plan;
  readonly scenario: Scenario;
  readonly system: System | null;
  readonly thresholds: readonly Threshold[];
  readonly armed: readonly ArmedFault[];
  /** The maintenance database; with `existing` the database to run in. */
  readonly server: { readonly address: Address; readonly embedded: boolean };
  readonly journalFolder: string;
  readonly folder: RunFolder;
  /** Aborts with "SIGINT" or "SIGTERM" as its reason. */
  readonly interrupted: AbortSignal;
  readonly listener: RunListener;
}

/** Rejects with a ServerError, a Failure or a RunRefused before anything was measured; later only on bugs. */
export async function run(given: RunRequest): Promise<RunResult> {
  const notes: string[] = [];
  const request = { ...given, listener: noting(given.listener, notes), notes };
  const { server, interrupted, listener } = request;
  const lock = await acquireRunLock(server.address, {
    signal: interrupted,
    onWaiting: ({ pid }) =>
      listener.phase(`waiting for another run on this server${pid === null ? "" : ` (process ${pid})`}`),
  });
  try {
    await undoEarlierChaos(request);
    return await runInDatabase(request);
  } finally {
    await lock.release();
  }
}

/** What a run was asked for, and what it has to say beside its figures. */
type NotedRequest = RunRequest & { readonly notes: readonly string[] };

function noting(listener: RunListener, notes: string[]): RunListener {
  return {
    phase: (text) => listener.phase(text),
    progress: (what, done, total) => listener.progress(what, done, total),
    sample: (sample) => listener.sample(sample),
    note(text) {
      notes.push(text);
      listener.note(text);
    },
  };
}

/** What an earlier run left broken is mended before this one measures on it. */
async function undoEarlierChaos({ server, plan, journalFolder, listener }: RunRequest) {
  const restored = await restoreAll({ journalFolder, server: plan.url, address: server.address });
  for (const { entry, problem, note } of restored) {
    const what = `${entry.fault}, left behind by an interrupted run on ${entry.injectedAt}`;
    listener.note(problem === null ? `${what}: ${note}` : `${what}, could not be undone: ${problem}`);
  }
}

async function runInDatabase(request: NotedRequest): Promise<RunResult> {
  const { plan, system, server, interrupted, listener } = request;
  const database = await prepareDatabase(plan, system, server.address, listener);
  let keep = false;
  try {
    interrupted.throwIfAborted();
    const result = await measureAndJudge(request, database.address, (broken) => {
      keep = plan.keep || broken;
    });
    return result;
  } finally {
    if (!keep && database.drop !== null) await database.drop();
  }
}

async function measureAndJudge(
  request: NotedRequest,
  address: Address,
  decideToKeep: (invariantBroken: boolean) => void,
): Promise<RunResult> {
  const { plan, scenario, server, folder, listener } = request;
  await checkBeforehand(request, address);
  const before = await counters(address);
  await folder.writeJson("plan.json", plan);
  await folder.writeJson("before.json", before);
  const samples = folder.lines("samples.ndjson");
  const measured = await measure({
    ...request,
    address,
    local: server.embedded,
    server: plan.url,
    listener: { ...listener, sample: (sample) => {
      samples(JSON.stringify(sample));
      listener.sample(sample);
    } },
    onInterval: intervalLog(folder.lines("latency.hlog"), Date.now()),
  });
  listener.phase("waiting for the sessions' backends to end, then auditing");
  await awaitSessionsGone(address, scenario);
  const after = await counters(address);
  await folder.writeJson("after.json", after);
  const result = await judged(request, { address, before, after, measured });
  decideToKeep(result.invariants.some((invariant) => !invariant.ok));
  await folder.writeJson("run.json", result);
  await folder.close();
  return result;
}

function counters(address: Address): Promise<CounterSnapshot> {
  return Connection.use(address, "loadgen/counters", readCounters);
}

interface Seen {
  readonly address: Address;
  readonly before: CounterSnapshot;
  readonly after: CounterSnapshot;
  readonly measured: Measured;
}

async function judged(request: NotedRequest, seen: Seen): Promise<RunResult> {
  const { plan, system, thresholds, interrupted } = request;
  const { address, measured } = seen;
  const invariants = await audit(system, plan, address);
  const faults = judgedFaults(measured);
  const perCommitted = perTransaction(seen);
  const judgement = judge({
    sessions: plan.sessions,
    measurements: {
      whole: { lengthMs: measured.lengthMs, tally: measured.recorder.totals },
      windows: measured.courses.flatMap((course) =>
        windowsAround(course, measured.courses, measured.lengthMs).map((window) => ({
          name: window.name,
          lengthMs: window.endMs - window.startMs,
          tally: measured.recorder.window(window.startMs, window.endMs),
        })),
      ),
      deadTuples: perCommitted.deadTuples,
      walBytes: perCommitted.walBytes,
    },
    thresholds,
    faults,
    invariants,
    generatorCpuShare: measured.generator.saturated ? measured.generator.cpuShare : null,
    signal: interrupted.aborted ? (interrupted.reason as "SIGINT" | "SIGTERM") : null,
  });
  const broken = invariants.some((invariant) => !invariant.ok);
  const fingerprint = await Connection.use(address, "loadgen/fingerprint", serverFingerprint);
  return runResult({
    ...seen,
    plan,
    ...judgement,
    faults,
    invariants,
    server: fingerprint,
    machine: machineFingerprint(),
    keptDatabase: plan.existing || !(plan.keep || broken) ? null : address.database,
    notes: request.notes,
  });
}

function judgedFaults(measured: Measured): readonly FaultResult[] {
  return measured.courses.map((course): FaultResult => {
    const { armed, injectProblem, undoProblem } = course;
    const text = armed.planned.text;
    if (injectProblem !== null) {
      return { text, effective: false, evidence: `it could not be injected: ${injectProblem}`, undoProblem };
    }
    const evidence = evidenceAround(course, measured);
    if (evidence === null) {
      return { text, effective: null, evidence: "the run ended before it came", undoProblem };
    }
    return { text, ...armed.fault.prove(evidence, armed.parameters), undoProblem };
  });
}
