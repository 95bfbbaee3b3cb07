/** The loop of one session: think, draw, wait for a connection, run the transaction, record. */
import { createHash } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import { decisionText, type Digest } from "../../core/digest.ts";
import { Failure } from "../../core/failure.ts";
import type { Plan } from "../../core/plan.ts";
import { namedStream, transactionStream } from "../../core/random.ts";
import { attempt, type Attempted } from "../../core/retry.ts";
import type { Context, Planned, Scenario } from "../../core/scenario.ts";
import type { Recorder } from "../../metrics/recorder.ts";
import type { Connections, Work } from "./connections.ts";
import { drive } from "./drive.ts";
import type { SessionConnection } from "./session-connection.ts";

export type Phase = "warmup" | "measured";

/** What the sessions of a run share. */
export interface Load {
  readonly plan: Plan;
  readonly scenario: Scenario;
  readonly world: unknown;
  readonly context: Context;
  readonly connections: Connections;
  readonly recorders: Readonly<Record<Phase, Recorder>>;
  readonly digest: Digest;
  /** Milliseconds since the measured time began; negative in the warm-up. */
  readonly clockMs: () => number;
  /** Aborts when no new transaction may start. */
  readonly stop: AbortSignal;
  /** Aborts when what still runs is dropped. */
  readonly abandon: AbortSignal;
}

/** The code under which a transaction is counted that was still running when the run ended. */
export const inFlightCode = "in-flight-at-end";

/** The code of a transaction that took longer than the plan allows one to take at the client. */
const timeoutCode = "client-timeout";

/** Resolves when the session has run all of its transactions, or was stopped. Rejects on bugs only. */
export async function runSession(load: Load, session: number): Promise<void> {
  for (let number = 0; load.clockMs() < 0 && !load.stop.aborted; number++) {
    await runOne(load, session, "warmup", number);
  }
  const transactions = load.plan.transactionsPerSession ?? Number.POSITIVE_INFINITY;
  const endMs = load.plan.durationMs ?? Number.POSITIVE_INFINITY;
  for (let number = 0; number < transactions; number++) {
    if (load.clockMs() >= endMs || load.stop.aborted) return;
    if (!(await runOne(load, session, "measured", number))) return;
  }
}

/** False if the session's phase was over before the transaction could start. */
async function runOne(load: Load, session: number, phase: Phase, number: number): Promise<boolean> {
  const thinkLagUs = await think(load, session, phase, number);
  if (thinkLagUs === null || !(await connect(load, session, phase))) return false;
  const planned = load.scenario.draw(
    transactionStream(load.plan.seed, phase, session, number),
    load.world,
    load.context,
  );
  if (phase === "measured") {
    const text = decisionText(session, number, planned);
    load.digest.add(createHash("sha256").update(text).digest());
  }
  const recorder = load.recorders[phase];
  recorder.started();
  const sentMs = performance.now();
  let leasedMs = sentMs;
  let gateWaitUs = 0;
  const result = await lease(load, session, async (connection, waitUs) => {
    leasedMs = performance.now();
    gateWaitUs = Math.round(waitUs);
    return transact(load, { connection, planned, session, phase, number });
  });
  const endMs = performance.now();
  const latencyUs = Math.round((endMs - sentMs) * 1000);
  if (result.outcome.kind === "aborted" && result.outcome.code === inFlightCode) {
    recorder.censored(planned.operation, latencyUs);
    return true;
  }
  recorder.record({
    operation: planned.operation,
    outcome: result.outcome,
    latencyUs,
    serviceUs: Math.round((endMs - leasedMs) * 1000),
    poolWaitUs: Math.round((leasedMs - sentMs) * 1000),
    gateWaitUs,
    thinkLagUs,
    attempts: result.attempts,
    failures: result.failures,
  });
  return true;
}

/** Waits as long as planned; how late the timer was, or null if the run was stopped meanwhile. */
async function think(
  load: Load,
  session: number,
  phase: Phase,
  number: number,
): Promise<number | null> {
  const [minMs, maxMs] = load.plan.thinkMs;
  if (maxMs === 0) return 0;
  const ms = namedStream(load.plan.seed, "think", phase, session, number).between(minMs, maxMs);
  const dueMs = performance.now() + ms;
  // The only rejection is the stop.
  await wait(ms, undefined, { signal: load.stop }).catch(() => undefined);
  if (load.stop.aborted || ended(load, phase)) return null;
  return Math.max(0, Math.round((performance.now() - dueMs) * 1000));
}

function ended(load: Load, phase: Phase): boolean {
  if (phase === "warmup") return load.clockMs() >= 0;
  return load.plan.durationMs !== null && load.clockMs() >= load.plan.durationMs;
}

/** Pauses between attempts to reconnect: quick enough to see a recovery, slow enough not to be a storm. */
const reconnectPauseMsMax = 500;

/**
 * A server that restarts is back within this, crash recovery of a test's database included. Whatever
 * takes longer is gone, and a session that has no other end would wait for it for ever.
 */
export const reconnectMsMax = 60_000;

/**
 * Reconnects; the time is lost time, not latency. False if the run ended first, or, where nothing
 * but the number of transactions ends it, if the session gave up.
 */
async function connect(load: Load, session: number, phase: Phase): Promise<boolean> {
  const startMs = performance.now();
  const givenUpMs = load.clockMs() + reconnectMsMax;
  const endsInTime = phase === "warmup" || load.plan.durationMs !== null;
  for (let attempts = 0; ; attempts++) {
    try {
      const reconnected = await load.connections.ready(session);
      if (reconnected) load.recorders[phase].reconnected((performance.now() - startMs) * 1000);
      return true;
    } catch (error) {
      load.recorders[phase].reconnectFailed(codeOf(error));
    }
    const jitter = namedStream(load.plan.seed, "reconnect", phase, session, attempts);
    const pauseMs = jitter.between(1, Math.min(reconnectPauseMsMax, 10 << Math.min(attempts, 10)));
    await wait(pauseMs, undefined, { signal: load.stop }).catch(() => undefined);
    if (load.stop.aborted || ended(load, phase)) return false;
    if (!endsInTime && load.clockMs() >= givenUpMs) {
      load.recorders[phase].sessionLost();
      return false;
    }
  }
}

function codeOf(error: unknown): string {
  return (error as { code?: string } | null)?.code ?? "connection-lost";
}

/** Runs the work on a connection; that there was none to be had is an outcome like any other. */
async function lease(load: Load, session: number, work: Work<Attempted>): Promise<Attempted> {
  try {
    return await load.connections.use(session, (connection, gateWaitUs) => {
      if (load.abandon.aborted) throw new Failure("timeout", inFlightCode, "the run ended");
      return work(connection, gateWaitUs);
    });
  } catch (failure) {
    if (!(failure instanceof Failure)) throw failure;
    return { outcome: { kind: "aborted", code: failure.code }, attempts: 1, failures: [failure] };
  }
}

interface Turn {
  readonly connection: SessionConnection;
  readonly planned: Planned;
  readonly session: number;
  readonly phase: Phase;
  readonly number: number;
}

async function transact(load: Load, turn: Turn): Promise<Attempted> {
  const { connection, planned, session, phase, number } = turn;
  const deadline = setTimeout(
    () => connection.abandon("timeout", timeoutCode),
    load.plan.timeoutMs,
  );
  try {
    const jitter = () => namedStream(load.plan.seed, "retry", phase, session, number);
    const recorder = load.recorders[phase];
    const context = {
      operation: planned.operation,
      signal: load.abandon,
      onStatement: (name: string, us: number) => recorder.recordStatement(name, us),
    };
    return await drive(attempt(planned.steps, load.scenario.retry, jitter), (step) =>
      connection.perform(step, context),
    );
  } finally {
    clearTimeout(deadline);
  }
}
