/** What only the drivers on Node need of statements. */
import { setTimeout as wait } from "node:timers/promises";
import type { Row } from "../../core/step.ts";
import { noRows, PerOperation } from "../statements.ts";

let namesGiven = 0;

/**
 * Under which name a statement is prepared, on every connection: unique within PostgreSQL's 63 bytes
 * for it, however long statement and operation are called.
 */
export const preparedNames = new PerOperation(({ name }, operation) =>
  `${namesGiven++}:${name}:${operation}`.slice(0, 63),
);

export async function pause(ms: number, signal: AbortSignal): Promise<readonly Row[]> {
  // The only rejection is the abort, and that is how a pause ends when the run is over.
  if (ms > 0) await wait(ms, undefined, { signal }).catch(() => undefined);
  return noRows;
}
