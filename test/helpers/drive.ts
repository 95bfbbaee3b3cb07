/** Runs transactions without an engine: on a connection of a test, or on answers that a test gives. */
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { from as copyFrom } from "pg-copy-streams";
import { Failure } from "../../src/core/failure.ts";
import type { Row, Step, StoreStep } from "../../src/core/step.ts";
import type { Transaction } from "../../src/core/transaction.ts";
import { copyDataOf } from "../../src/engine/pg/copy-data.ts";
import { Stores } from "../../src/engine/stores.ts";
import { type Connection, ServerError } from "../../src/server/connection.ts";

/**
 * Performs every step on the connection; without retries, without spending pauses, and as a request
 * to a service that is alone there and whose caches are all out of date.
 * @param stores what was remembered before; left out: nothing.
 */
export async function drive<T>(
  connection: Connection,
  transaction: Transaction<T>,
  stores: Stores = new Stores(),
): Promise<T> {
  let next = transaction.next([]);
  while (next.done !== true) {
    try {
      const step = next.value;
      const rows = "store" in step ? stores.perform(step) : await perform(connection, step);
      next = transaction.next(rows);
    } catch (error) {
      if (!(error instanceof ServerError)) throw error;
      next = transaction.throw(new Failure("sql", error.code, error.message));
    }
  }
  return next.value;
}

async function perform(
  connection: Connection,
  step: Exclude<Step, StoreStep>,
): Promise<readonly Row[]> {
  switch (step.kind) {
    case "begin":
    case "commit":
    case "rollback":
      return connection.query(step.kind);
    case "copy":
      await pipeline(
        Readable.from([copyDataOf(step)]),
        connection.client.query(copyFrom(step.statement.sql)),
      );
      return [];
    case "query":
    case "execute":
      return connection.query(step.statement.sql, step.parameters);
    case "look-up":
      return [{ state: "due" }];
    case "together":
      for (const part of step.parts) await drive(connection, part());
      return [];
    case "pause":
    case "filled":
    case "enter":
    case "leave":
    case "take-connection":
    case "return-connection":
      return [];
  }
}

/** A transaction of this step, for those who look between two. */
export function* only(step: Step): Transaction<readonly Row[]> {
  return yield step;
}

export interface Stepped<T> {
  readonly steps: readonly Step[];
  /** Missing where the transaction failed. */
  readonly result?: T;
  readonly failure?: unknown;
}

/** Steps through a transaction; `answer` gives the rows of each step, or a Failure to throw in. */
export function stepThrough<T>(
  transaction: Transaction<T>,
  answer: (step: Step) => readonly Row[] | Failure,
): Stepped<T> {
  const steps: Step[] = [];
  try {
    let next = transaction.next([]);
    while (next.done !== true) {
      steps.push(next.value);
      const given = answer(next.value);
      next = given instanceof Failure ? transaction.throw(given) : transaction.next(given);
    }
    return { steps, result: next.value };
  } catch (failure) {
    return { steps, failure };
  }
}

/** What was asked, in words: the kind of a step, or the name of its statement. */
export function namesOf(steps: readonly Step[]): readonly string[] {
  return steps.map((step) => ("statement" in step ? step.statement.name : step.kind));
}
