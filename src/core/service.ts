/**
 * What a request to a modelled service is put together from: gates that it passes, connections that
 * it takes for a while, things that the service keeps. Whatever becomes of what is done inside a gate
 * or on a connection, the gate is left and the connection returned.
 */
import type { Cache, CacheState, Gate } from "./step.ts";
import type { Transaction } from "./transaction.ts";

/** Waits for a place in the gate, and leaves it after the body. */
export function* inside<T>(gate: Gate, body: () => Transaction<T>): Transaction<T> {
  yield { kind: "enter", gate };
  try {
    return yield* body();
  } finally {
    yield { kind: "leave", gate };
  }
}

/** Waits for a connection, which the statements of the body are sent on, and returns it after that. */
export function* connected<T>(body: () => Transaction<T>): Transaction<T> {
  yield { kind: "take-connection" };
  try {
    return yield* body();
  } finally {
    yield { kind: "return-connection" };
  }
}

/** So many milliseconds go by: of work, of a call to somewhere else, of a way. */
export function* pass(ms: number): Transaction {
  if (ms > 0) yield { kind: "pause", ms };
}

export function* lookUp(cache: Cache): Transaction<CacheState> {
  const [row] = yield { kind: "look-up", cache };
  return row?.state as CacheState;
}

/** Does what fills it; it is up to date from the end of that on. */
export function* fill(cache: Cache, fetch: () => Transaction): Transaction {
  yield* fetch();
  yield { kind: "filled", cache };
}
