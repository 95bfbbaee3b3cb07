/**
 * Transactions are generators of steps. They do no IO: an engine performs each step and sends the
 * rows back in, or throws a Failure in. So the same scenario runs on Node and in k6, rollback is
 * written once, here, and a test can step through a transaction without a server.
 */
import { Failure, refuse } from "./failure.ts";
import {
  type BinaryType,
  type Isolation,
  type Parameter,
  type Row,
  type Scalar,
  type Statement,
  statement,
  type Store,
} from "./step.ts";
import type { Step } from "./step.ts";

export type Transaction<T = void> = Generator<Step, T, readonly Row[]>;

export interface TransactionSettings {
  readonly isolation: Isolation;
  /** Client time inside each transaction, before it commits. */
  readonly holdMs: number;
}

/** Sends a statement and returns its rows. */
export function* query(sql: Statement, ...parameters: Parameter[]): Transaction<readonly Row[]> {
  return yield { kind: "query", statement: sql, parameters };
}

/** Sends a statement that must return exactly one row; the transaction is refused otherwise. */
export function* queryOne(sql: Statement, ...parameters: Parameter[]): Transaction<Row> {
  const rows = yield* query(sql, ...parameters);
  const [row] = rows;
  if (row === undefined || rows.length > 1) {
    refuse("row-count", `${sql.name} returned ${rows.length} rows where one was expected`);
  }
  return row;
}

/** Sends a statement whose rows, if any, nobody needs. */
export function* execute(sql: Statement, ...parameters: Parameter[]): Transaction {
  yield { kind: "execute", statement: sql, parameters };
}

/** Sends rows; `sql` is a COPY … FROM STDIN in this format. */
export function* copy(
  sql: Statement,
  rows: readonly (readonly Scalar[])[],
  format: "text" | readonly BinaryType[],
): Transaction {
  yield { kind: "copy", statement: sql, rows, format };
}

/**
 * Transactions side by side; see TogetherStep. Fails with what is gravest once all have ended, and says
 * nothing then of which of them committed. Parts that committed stay: whatever fails after one of them did,
 * beside it or later in the same attempt, is not tried again.
 */
export function* together(parts: readonly (() => Transaction<unknown>)[]): Transaction {
  yield { kind: "together", parts };
}

/** Values by key of those that the store has. */
export function* recall(
  store: Store,
  keys: readonly string[],
): Transaction<ReadonlyMap<string, string>> {
  const rows = yield { kind: "recall", store, keys };
  return new Map(rows.map(({ key, value }) => [String(key), String(value)]));
}

export function* remember(
  store: Store,
  entries: readonly (readonly [key: string, value: string])[],
): Transaction {
  yield { kind: "remember", store, entries };
}

/** @param isStale they were found, and proved to be out of date. */
export function* forget(store: Store, keys: readonly string[], isStale: boolean): Transaction {
  yield { kind: "forget", store, keys, isStale };
}

/** BEGIN, the body, COMMIT; after a failure ROLLBACK, and the first failure goes on. */
export function* atomically<T>(
  settings: TransactionSettings,
  body: () => Transaction<T>,
): Transaction<T> {
  yield { kind: "begin", isolation: settings.isolation };
  let result: T;
  try {
    result = yield* body();
    yield* hold(settings);
  } catch (failure) {
    yield* rollback(failure);
    throw failure;
  }
  // Outside the try: after a failed COMMIT there is no transaction left to roll back.
  yield { kind: "commit" };
  return result;
}

/**
 * One statement outside BEGIN: it commits by itself. What it reads back cannot undo it any more.
 * The hold comes first, so that the connection is held as long as in a transaction. With a ledger it
 * is sent inside a WITH clause, or between BEGIN and COMMIT where none takes it: it must bear that.
 */
export function* alone(
  settings: TransactionSettings,
  sql: Statement,
  ...parameters: Parameter[]
): Transaction<readonly Row[]> {
  yield* hold(settings);
  return yield { kind: "query", statement: sql, parameters };
}

const savepoint = statement("savepoint", "savepoint loadgen");
const rollbackToSavepoint = statement("rollback-to-savepoint", "rollback to savepoint loadgen");

/** Runs the body behind a savepoint; an SQL error with one of `codes` undoes only the body. */
export function* guarded<T>(
  codes: readonly string[],
  body: () => Transaction<T>,
  recover: (failure: Failure) => Transaction<T>,
): Transaction<T> {
  yield* execute(savepoint);
  try {
    return yield* body();
  } catch (failure) {
    if (!(failure instanceof Failure) || failure.kind !== "sql" || !codes.includes(failure.code)) {
      throw failure;
    }
    yield* execute(rollbackToSavepoint);
    return yield* recover(failure);
  }
}

function* hold(settings: TransactionSettings): Transaction {
  if (settings.holdMs > 0) yield { kind: "pause", ms: settings.holdMs };
}

/** What is left of the transaction, after `cause`. */
export function* rollback(cause: unknown): Transaction {
  if (cause instanceof Failure && cause.fatal) return;
  try {
    yield { kind: "rollback" };
  } catch (failure) {
    // The connection died under the rollback: the server rolls back by itself, and `cause` is what counts.
    if (!(failure instanceof Failure)) throw failure;
  }
}
