/**
 * One run from its plan to its result: prepare, warm up, measure, break, recover, audit, judge. The
 * phases stand here in order; each is a function with a file of its own.
 */
import { pgbouncerProgram } from "../faults/pgbouncer.ts";
import { connectionCount } from "../engine/connection-count.ts";
import { JournalError, restoreCommand } from "../faults/journal.ts";
import { Spans } from "../metrics/thresholds/spans.ts";
import { snapshotBefore } from "../observe/snapshots/snapshot.ts";
import type { Address } from "../server/address.ts";
import { Connection } from "../server/connection.ts";
import { serverFingerprint } from "../server/fingerprint.ts";
import { acquireRunLock, type RunLock } from "../server/run-lock.ts";
import { conclude } from "./conclude.ts";
import { checkFaults, checkServer } from "./checks.ts";
import { Explaining } from "./explain/explain.ts";
import { prepareDatabase } from "./database.ts";
import type { RunListener } from "./listener.ts";
import { makeLedger } from "./ledger.ts";
import { measure } from "./measure.ts";
import type { RunRequest } from "./request.ts";
import type { RunResult } from "./result.ts";
import type { RunFolder } from "./store.ts";
import { restoreAll } from "./faults/restore.ts";
import { intervalLog } from "./interval-log.ts";

/** Rejects with a ServerError, a JournalError, a Failure or a RunRefused before anything was measured; later only on bugs. */
export async function run(given: RunRequest): Promise<RunResult> {
  const notes: string[] = [];
  const listener = noting(given.listener, notes);
  const { server, interrupted } = given;
  const lock = await acquireRunLock(server.address, {
    signal: interrupted,
    comesBack: server.comesBack,
    onWaiting: ({ pid }) =>
      listener.phase(
        `waiting for another run on this server${pid === null ? "" : ` (process ${pid})`}`,
      ),
  });
  const request = { ...given, listener, notes, lock };
  try {
    const connections = connectionCount(given.plan);
    await checkServer({ ...request, pgbouncer: pgbouncerProgram(), connections });
    await undoEarlierChaos(request);
    return await runInDatabase(request);
  } finally {
    await lock.release();
  }
}

/** What a run was asked for, what it has to say beside its figures, and its lock. */
type NotedRequest = RunRequest & { readonly notes: readonly string[]; readonly lock: RunLock };

function noting(listener: RunListener, notes: string[]): RunListener {
  return {
    ...listener,
    note(text) {
      notes.push(text);
      listener.note(text);
    },
  };
}

/** What an earlier run left broken is mended before this one measures on it. Throws JournalError. */
async function undoEarlierChaos({ server, plan, journalFolder, listener }: RunRequest) {
  const restored = await restoreAll({
    journalFolder,
    server: plan.url,
    address: server.address,
    host: server.host,
  });
  const left: string[] = [];
  for (const { entry, problem, note } of restored) {
    const what = `${entry.fault}, left behind by an interrupted run on ${entry.injectedAt}`;
    if (problem === null) listener.note(`${what}: ${note}`);
    else left.push(`${what} in ${entry.database}, could not be undone: ${problem}`);
  }
  if (left.length === 0) return;
  left.push(`nothing was measured: mend this, then run ${restoreCommand(plan.url)}`);
  throw new JournalError(left.join("\n"));
}

async function runInDatabase(request: NotedRequest): Promise<RunResult> {
  const database = await prepareDatabase(request);
  let result: RunResult;
  try {
    request.interrupted.throwIfAborted();
    result = await measureAndConclude(request, database.address);
  } catch (error) {
    // The first failure is the one to tell; a database that is left over goes with `loadgen db reset`.
    await database.drop?.().catch((problem: unknown) => request.listener.note(String(problem)));
    throw error;
  }
  if (result.keptDatabase === null) await database.drop?.();
  return result;
}

async function measureAndConclude(request: NotedRequest, address: Address): Promise<RunResult> {
  const { plan, server, folder, listener, lock } = request;
  await checkFaults(request.armed, address, request.server.host);
  if (plan.ledger) await makeLedger(address);
  else if (request.armed.some(({ fault }) => fault.dropsConnections)) {
    const none = plan.existing ? "--existing keeps no ledger" : "no ledger is kept";
    listener.note(`faults drop connections, and ${none}: lost commits are not checked`);
  }
  const explaining = await Explaining.before({ ...request, address });
  const fingerprint = await Connection.use(address, "loadgen/fingerprint", serverFingerprint);
  // Last, so that nothing else of ours is in its difference.
  const before = await snapshotBefore(address, !plan.existing);
  await folder.writeJson("plan.json", plan);
  await folder.writeJson("before.json", before);
  const spans = new Spans(request.thresholds);
  const measured = await measure({
    ...request,
    address,
    local: server.embedded,
    host: server.host,
    server: plan.url,
    serverBack: () => lock.regained(),
    listener: storing(listener, folder),
    onPart: (part) => spans.part(part),
  });
  listener.phase("waiting for the sessions' backends to end, then auditing");
  const { notes } = request;
  const doubts = lockDoubts(lock);
  const seen = { address, server: fingerprint, before, measured, spans, notes, doubts, explaining };
  const result = await conclude(request, seen);
  await folder.writeResult("run.json", result);
  await folder.close();
  return result;
}

function lockDoubts({ lost, isHeld }: RunLock): readonly string[] {
  if (lost.aborted) return [(lost.reason as Error).message];
  if (isHeld) return [];
  return ["the connection that held the run lock is gone, so another run may have started"];
}

function storing(listener: RunListener, folder: RunFolder): RunListener {
  const write = folder.lines("samples.ndjson");
  const log = intervalLog(folder.lines("latency.hlog"), () => Date.now());
  return {
    ...listener,
    sample(sample) {
      write(JSON.stringify(sample));
      if (sample.phase === "measured" && sample.achieved > 0) folder.markMeasured();
      listener.sample(sample);
    },
    interval(interval) {
      log(interval);
      listener.interval(interval);
    },
  };
}
