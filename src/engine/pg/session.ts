/** The loop of one session: await its turn, draw, get a connection, run the transaction, record. */
import { Failure } from "../../core/failure.ts";
import type { Fates } from "../../core/fates.ts";
import type { LastWrites } from "../../core/last-writes.ts";
import { entered } from "../../core/ledger.ts";
import type { Plan } from "../../core/plan.ts";
import { namedStream, type Phase, transactionStream } from "../../core/random.ts";
import { attempt, type Attempted } from "../../core/retry.ts";
import type { Context, Planned, Scenario } from "../../core/scenario.ts";
import type { ConnectionStep } from "../../core/step.ts";
import type { Transaction } from "../../core/transaction.ts";
import type { Recorder } from "../../metrics/recorder.ts";
import type { Connections, Lease } from "./connections.ts";
import { Course } from "./course.ts";
import type { Decisions } from "./decisions.ts";
import { drive } from "./drive.ts";
import type { Pace, Turn } from "./pace.ts";
import { pageOf } from "./page.ts";
import { reconnect } from "./reconnect.ts";
import type { ServicePlaces } from "./service-places.ts";
import { ServiceRequest } from "./service-request.ts";
import type { StepContext } from "./session-connection.ts";
import type { Watch, Watchdog } from "./watchdog.ts";

/** What the sessions of a thread share. */
export interface Load {
  readonly plan: Plan;
  readonly scenario: Scenario;
  readonly world: unknown;
  readonly context: Context;
  readonly connections: Connections;
  /** Null: the scenario models no service. */
  readonly places: ServicePlaces | null;
  readonly paces: Readonly<Record<Phase, Pace>>;
  readonly recorders: Readonly<Record<Phase, Recorder>>;
  readonly decisions: Decisions;
  /** Null: there is no ledger. */
  readonly fates: Fates | null;
  /** Null: nobody will ask. */
  readonly lastWrites: LastWrites | null;
  readonly watchdog: Watchdog;
  /** Milliseconds since the measured time began; negative in the warm-up. */
  readonly clockMs: () => number;
  /** Aborts when no new transaction may start. */
  readonly stop: AbortSignal;
  /** Aborts when what still runs is dropped. */
  readonly abandon: AbortSignal;
}

/** The code under which a transaction is counted that was still running when the run ended. */
export const inFlightCode = "in-flight-at-end";

/**
 * Resolves when the session has run all of its transactions, or was stopped. Rejects on bugs only.
 * What is hot here awaits as little as it can: between two statements each hop from one asynchronous
 * function to the next costs as much as a good part of sending one.
 */
export async function runSession(load: Load, session: number): Promise<void> {
  const watch = load.watchdog.watch();
  for (const phase of ["warmup", "measured"] as const) {
    const pace = load.paces[phase];
    for (;;) {
      const next = pace.next(session);
      const turn = next instanceof Promise ? await next : next;
      if (turn === null) break;
      const isUp = load.connections.isReady(session) || (await reconnect(load, session, phase));
      const begun = begin(load, { session, phase, turn, watch }, isUp);
      if (begun === null) break;
      const { places } = load;
      const transacting = places === null ? transact(load, begun) : serve(load, begun, places);
      record(load, begun, await transacting);
    }
  }
}

/** Which transaction: of which session, in which phase, and where in its order. */
interface Task {
  readonly session: number;
  readonly phase: Phase;
  readonly turn: Turn;
  readonly watch: Watch;
}

/** A transaction that is decided and starts now. Times are on the run's clock. */
interface Begun {
  readonly task: Task;
  readonly planned: Planned;
  readonly startMs: number;
  /** When it was to start. */
  readonly dueMs: number;
  readonly course: Course;
}

/** Null if the session's phase was over before it had a connection. */
function begin(load: Load, task: Task, isUp: boolean): Begun | null {
  const { phase, turn } = task;
  // In a closed loop nothing was planned yet; an arrival is, whether it can start or not.
  if (!isUp && turn.dueMs === null) return null;
  const recorder = load.recorders[phase];
  const planned = plan(load, phase, turn);
  const startMs = load.clockMs();
  const dueMs = turn.dueMs ?? startMs;
  if (!isUp) {
    recorder.neverStarted(planned.operation, (startMs - dueMs) * 1000);
    return null;
  }
  recorder.started();
  return { task, planned, startMs, dueMs, course: new Course(load.clockMs) };
}

function record(load: Load, begun: Begun, { result, poolWaitMs, gateWaitUs }: Transacted): void {
  const { task, planned, startMs, dueMs, course } = begun;
  const { phase, turn } = task;
  const recorder = load.recorders[phase];
  const endMs = load.clockMs();
  const { outcome } = result;
  noteWrites(load, begun, { result, endMs });
  if (outcome.kind === "aborted" && outcome.code === inFlightCode) {
    recorder.censored(planned.operation, (endMs - dueMs) * 1000);
    return;
  }
  recorder.record({
    operation: planned.operation,
    outcome,
    latencyUs: (endMs - dueMs) * 1000,
    serviceUs: (endMs - startMs - poolWaitMs) * 1000,
    poolWaitUs: poolWaitMs * 1000,
    gateWaitUs,
    queueWaitUs: turn.dueMs === null ? null : turn.wasQueued ? (startMs - dueMs) * 1000 : 0,
    attempts: result.attempts,
    failures: result.failures,
    firstAttemptUs: course.firstUs(endMs),
    wastedUs: course.wastedUs,
  });
}

/** What it may have left behind: nothing if it was refused, or found nothing to write. */
function noteWrites(
  { lastWrites }: Load,
  { task, planned, course }: Begun,
  { result, endMs }: { readonly result: Attempted; readonly endMs: number },
): void {
  const { writes } = planned;
  const { beganMs } = course;
  const { kind } = result.outcome;
  if (lastWrites === null || writes === undefined || beganMs === null) return;
  if (kind === "aborted" || result.returned === false) return;
  const { owner, number } = task.turn;
  const acknowledgedMs = kind === "committed" ? endMs : null;
  lastWrites.add(writes, { phase: task.phase, owner, number, beganMs, acknowledgedMs });
}

/** Draws a transaction, and takes its decisions down if they are the run's. */
export function plan(
  load: Pick<Load, "plan" | "scenario" | "world" | "context" | "decisions">,
  phase: Phase,
  { owner, number }: Turn,
): Planned {
  const stream = transactionStream(load.plan.seed, phase, owner, number);
  const planned = load.scenario.draw(stream, load.world, load.context);
  if (phase === "measured") load.decisions.add(owner, number, planned);
  return planned;
}

interface Transacted {
  readonly result: Attempted;
  /** Until it had its connection, or knew that it would not. */
  readonly poolWaitMs: number;
  /** Of it, at the gate in front of the connections alone. */
  readonly gateWaitUs: number;
}

/** Runs it on a connection; that there was none to be had is an outcome like any other. */
async function transact(load: Load, begun: Begun): Promise<Transacted> {
  const { session, watch } = begun.task;
  let lease: Lease;
  try {
    const asked = load.connections.lease(session);
    lease = asked instanceof Promise ? await asked : asked;
  } catch (failure) {
    return { result: refused(failure), poolWaitMs: load.clockMs() - begun.startMs, gateWaitUs: 0 };
  }
  const poolWaitMs = load.clockMs() - begun.startMs;
  const { connection, gateWaitUs } = lease;
  watch.begin(connection, performance.now());
  try {
    if (load.abandon.aborted) {
      const failure = new Failure("timeout", inFlightCode, "the run ended");
      return { result: refused(failure), poolWaitMs, gateWaitUs };
    }
    const context = stepContext(load, begun);
    const result = await drive(attempts(load, begun), (step) =>
      // Where it is none of a connection's, that is a bug, and the connection says so.
      connection.perform(step as ConnectionStep, context),
    );
    return { result, poolWaitMs, gateWaitUs };
  } finally {
    watch.end();
    load.connections.release(lease);
  }
}

/** Runs it as a request to the modelled service, which takes its connections by itself. */
async function serve(load: Load, begun: Begun, places: ServicePlaces): Promise<Transacted> {
  const { session, phase, watch } = begun.task;
  const { connections, clockMs, abandon } = load;
  const context = stepContext(load, begun);
  const recorder = load.recorders[phase];
  const request = new ServiceRequest({ session, places, connections, recorder, clockMs, context });
  const drop = () => request.abandon("timeout", inFlightCode);
  if (abandon.aborted) drop();
  abandon.addEventListener("abort", drop);
  watch.begin(request, performance.now());
  try {
    const result = await drive(attempts(load, begun), (step) => request.perform(step));
    return { result, poolWaitMs: request.poolWaitMs, gateWaitUs: request.gateWaitUs };
  } finally {
    watch.end();
    abandon.removeEventListener("abort", drop);
    request.giveBack();
  }
}

function refused(failure: unknown): Attempted {
  if (!(failure instanceof Failure)) throw failure;
  const outcome = { kind: "aborted", code: failure.code } as const;
  return { outcome, attempts: 1, failures: [failure], returned: undefined };
}

function stepContext({ abandon, recorders }: Load, { task, planned }: Begun): StepContext {
  const recorder = recorders[task.phase];
  return {
    operation: planned.operation,
    signal: abandon,
    onStatement: (name, us) => recorder.recordStatement(name, us),
  };
}

function attempts(load: Load, { task, planned, course }: Begun): Transaction<Attempted> {
  const { phase, turn } = task;
  const { owner, number } = turn;
  const { fates } = load;
  const { isolation } = load.plan;
  const jitter = () => namedStream(load.plan.seed, "retry", phase, owner, number);
  const hooks = { jitter, listener: course };
  if (fates === null) return attempt(planned.steps, load.scenario.retry, hooks);
  const page = pageOf({ fates, isolation }, { phase, owner, number }, planned);
  return attempt(() => entered(planned.steps(), page), load.scenario.retry, hooks);
}
