/** Runs a transaction, step by step, on whatever performs its steps: the twin of the one on Node. */
import type { Row, Step } from "../../../core/step.ts";
import type { Transaction } from "../../../core/transaction.ts";

/** `perform` throws a Failure, which is thrown into the transaction; any other error is a bug and goes on. */
export function drive<T>(transaction: Transaction<T>, perform: (step: Step) => readonly Row[]): T {
  let next = transaction.next();
  while (next.done !== true) {
    let rows: readonly Row[];
    try {
      rows = perform(next.value);
    } catch (failure) {
      next = transaction.throw(failure);
      continue;
    }
    next = transaction.next(rows);
  }
  return next.value;
}
