/**
 * What the session loops of all engines have in common: a transaction is decided, run with its
 * retries and its ledger, and taken down. Nothing here waits or touches a connection: both the
 * asynchronous loop on Node and the synchronous one on k6 are built around it.
 */
import { Failure } from "../core/failure.ts";
import type { Fates } from "../core/fates.ts";
import type { LastWrites } from "../core/last-writes.ts";
import { entered } from "../core/ledger.ts";
import type { Plan } from "../core/plan.ts";
import {
  namedStream,
  ownerNumber,
  type Phase,
  type StreamOwner,
  transactionStream,
} from "../core/random.ts";
import { attempt, type Attempted } from "../core/retry.ts";
import type { Context, Planned, Scenario } from "../core/scenario.ts";
import type { Transaction } from "../core/transaction.ts";
import type { FinishedTransaction } from "../metrics/recorder.ts";
import { Course } from "./course.ts";
import { pageOf } from "./page.ts";
import type { Turn } from "./turn.ts";

/** The code under which a transaction is counted that was still running when the run ended. */
export const inFlightCode = "in-flight-at-end";

/** Where what became of a transaction is taken down. */
export interface TransactionRecorder {
  started(): void;
  record(transaction: FinishedTransaction): void;
  censored(operation: string, atLeastUs: number): void;
  neverStarted(operation: string, waitedUs: number): void;
}

/** What sessions draw from and report to. */
export interface Books {
  readonly plan: Plan;
  readonly scenario: Scenario;
  readonly world: unknown;
  readonly context: Context;
  readonly recorders: Readonly<Record<Phase, TransactionRecorder>>;
  readonly decisions: { add(owner: StreamOwner, number: number, planned: Planned): void };
  /** SHA-256 in hexadecimal digits; the hash function is the engine's. */
  readonly hash: (text: string) => string;
  /** Null: there is no ledger. */
  readonly fates: Fates | null;
  /** Null: nobody will ask. */
  readonly lastWrites: LastWrites | null;
  /** Milliseconds since the measured time began; negative in the warm-up. */
  readonly clockMs: () => number;
}

/** A transaction that is decided and starts now. Times are on the run's clock. */
export interface Begun {
  readonly session: number;
  readonly phase: Phase;
  readonly turn: Turn;
  readonly planned: Planned;
  readonly startMs: number;
  /** When it was to start. */
  readonly dueMs: number;
  readonly course: Course;
}

export interface Transacted {
  readonly result: Attempted;
  /** Until it had its connection, or knew that it would not; null: part of its statements' time. */
  readonly poolWaitMs: number | null;
  /** Of it, at the gate in front of the connections alone. */
  readonly gateWaitUs: number;
}

/**
 * Decides the transaction whose turn it is.
 * @param isUp there is a connection. Null if there is none: the session's phase was over before.
 */
export function begin(
  books: Books,
  task: Pick<Begun, "session" | "phase" | "turn">,
  isUp: boolean,
): Begun | null {
  const { phase, turn } = task;
  // In a closed loop nothing was planned yet; an arrival is, whether it can start or not.
  if (!isUp && turn.dueMs === null) return null;
  const recorder = books.recorders[phase];
  const planned = plan(books, phase, turn);
  const startMs = books.clockMs();
  const dueMs = turn.dueMs ?? startMs;
  if (!isUp) {
    recorder.neverStarted(planned.operation, (startMs - dueMs) * 1000);
    return null;
  }
  recorder.started();
  return { ...task, planned, startMs, dueMs, course: new Course(books.clockMs) };
}

/** Draws a transaction, and takes its decisions down if they are the run's. */
export function plan(
  books: Pick<Books, "plan" | "scenario" | "world" | "context" | "decisions">,
  phase: Phase,
  { owner, number }: Pick<Turn, "owner" | "number">,
): Planned {
  const stream = transactionStream(books.plan.seed, phase, owner, number);
  const of = ownerNumber(owner, number, books.plan.sessions);
  const planned = books.scenario.draw(stream, books.world, books.context, of);
  if (phase === "measured") books.decisions.add(owner, number, planned);
  return planned;
}

/** The transaction with all of its attempts, and with its entry in the ledger. */
export function attempts(books: Books, begun: Begun): Transaction<Attempted> {
  const { phase, turn, planned, course } = begun;
  const { owner, number } = turn;
  const { fates, hash, scenario } = books;
  const { isolation, seed } = books.plan;
  const jitter = () => namedStream(seed, "retry", phase, owner, number);
  const hooks = { jitter, listener: course };
  if (fates === null) return attempt(planned.steps, scenario.retry, hooks);
  const page = pageOf({ fates, isolation, hash }, { phase, owner, number }, planned);
  return attempt(() => entered(planned.steps(), page), scenario.retry, hooks);
}

/** That it could not even begin is an outcome like any other. Throws what is no Failure. */
export function refused(failure: unknown): Attempted {
  if (!(failure instanceof Failure)) throw failure;
  const outcome = { kind: "aborted", code: failure.code } as const;
  return { outcome, attempts: 1, failures: [failure], returned: undefined };
}

/** Takes down how it ended, now. */
export function record(
  books: Books,
  begun: Begun,
  { result, poolWaitMs, gateWaitUs }: Transacted,
): void {
  const { phase, turn, planned, startMs, dueMs, course } = begun;
  const recorder = books.recorders[phase];
  const endMs = books.clockMs();
  const { outcome } = result;
  noteWrites(books, begun, { result, endMs });
  if (outcome.kind === "aborted" && outcome.code === inFlightCode) {
    recorder.censored(planned.operation, (endMs - dueMs) * 1000);
    return;
  }
  recorder.record({
    operation: planned.operation,
    outcome,
    latencyUs: (endMs - dueMs) * 1000,
    serviceUs: (endMs - startMs - (poolWaitMs ?? 0)) * 1000,
    poolWaitUs: poolWaitMs === null ? null : poolWaitMs * 1000,
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
  { lastWrites }: Books,
  { phase, turn, planned, course }: Begun,
  { result, endMs }: { readonly result: Attempted; readonly endMs: number },
): void {
  const { writes } = planned;
  const { beganMs } = course;
  const { kind } = result.outcome;
  if (lastWrites === null || writes === undefined || beganMs === null) return;
  if (kind === "aborted" || result.returned === false) return;
  const { owner, number } = turn;
  const acknowledgedMs = kind === "committed" ? endMs : null;
  lastWrites.add(writes, { phase, owner, number, beganMs, acknowledgedMs });
}
