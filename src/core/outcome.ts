/** How a transaction ended, as far as its client can know. */
import type { Failure } from "./failure.ts";

export type Outcome =
  | { readonly kind: "committed" }
  | { readonly kind: "aborted"; readonly code: string }
  /** The connection went while COMMIT was under way: it may be in the database or not. */
  | { readonly kind: "unknown"; readonly code: string };

export type OutcomeKind = Outcome["kind"];

export const committed: Outcome = Object.freeze({ kind: "committed" });

/**
 * A connection that dies before COMMIT was sent aborts its transaction, for the server rolls back.
 * A connection that dies while COMMIT is under way leaves it unknown, even if the server's farewell
 * (57P01) arrived: a backend may be ended after the commit record is durable, before the reply.
 * An SQL error in reply to COMMIT (40001, a deferred 23503) is a clean no.
 */
export function outcomeOf(failure: Failure): Outcome {
  const lost = failure.committing && failure.fatal;
  return { kind: lost ? "unknown" : "aborted", code: failure.code };
}
