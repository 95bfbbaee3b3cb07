/** Where requests meet inside the modelled service, and how they get from there to the server. */
import { fill, inside, lookUp, pass } from "../../../src/core/service.ts";
import type { Cache, Gate, Step } from "../../../src/core/step.ts";
import type { Transaction } from "../../../src/core/transaction.ts";

export interface Service {
  /** Worker threads: a request has one from its first step to its last. */
  readonly threads: Gate;
  /** What work is done on. */
  readonly cores: Gate;
  /** In front of the schema: one at a time. */
  readonly schemaLock: Gate;
  /** In front of the fetch of claim sets: one at a time. */
  readonly claimsFetch: Gate;
  /** Of one statement, by the network alone. */
  readonly roundTripMs: number;
}

export function serviceOf(given: {
  readonly threads: number;
  readonly cores: number;
  readonly roundTripMs: number;
}): Service {
  return {
    threads: { name: "threads", capacity: given.threads },
    cores: { name: "cores", capacity: given.cores },
    schemaLock: { name: "schema-lock", capacity: 1 },
    claimsFetch: { name: "claims-fetch", capacity: 1 },
    roundTripMs: given.roundTripMs,
  };
}

/**
 * Work of so long on one of the cores. It is a core's time that is taken and not this machine's: the
 * server needs that one. Below 5 ms a timer's lateness would be a good part of it.
 */
export function work({ cores }: Service, ms: number): Transaction {
  return inside(cores, () => pass(ms));
}

/** Each statement of the transaction comes after the time that the way to the server and back takes. */
export function* afar<T>({ roundTripMs }: Service, transaction: Transaction<T>): Transaction<T> {
  let next = transaction.next();
  while (next.done !== true) {
    const step = next.value;
    try {
      if (isSent(step)) yield* pass(roundTripMs);
      next = transaction.next(yield step);
    } catch (failure) {
      next = transaction.throw(failure);
    }
  }
  return next.value;
}

const sent: readonly Step["kind"][] = ["begin", "query", "execute", "commit", "rollback"];

function isSent({ kind }: Step): boolean {
  return sent.includes(kind);
}

/**
 * One fills it while it is out of date, and those who come meanwhile wait at the gate for that one;
 * whoever is asked to fill it ahead keeps nobody waiting.
 */
export function* filledByOne(cache: Cache, gate: Gate, fetch: () => Transaction): Transaction {
  const state = yield* lookUp(cache);
  if (state === "ahead") yield* fill(cache, fetch);
  if (state === "due") yield* inside(gate, () => filledByAll(cache, fetch));
}

/** Everyone who finds it out of date fills it. */
export function* filledByAll(cache: Cache, fetch: () => Transaction): Transaction {
  if ((yield* lookUp(cache)) !== "fresh") yield* fill(cache, fetch);
}
