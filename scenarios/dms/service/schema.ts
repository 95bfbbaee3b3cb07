/**
 * Finding 1: the API schema. Every request clones it; when it was uploaded anew, somebody has to merge
 * it first. In the service one lock is held for all of that.
 */
import { inside } from "../../../src/core/service.ts";
import type { Cache } from "../../../src/core/step.ts";
import type { Transaction } from "../../../src/core/transaction.ts";
import { filledByAll, filledByOne, type Service, work } from "./places.ts";

/** With a timer's lateness and the wait for a core the lock is held for 20 to 21. */
const cloneMs = 19;
const rebuildMs = 100;

/** An upload every so often: more often than in practice, so that a run of seconds sees some. */
const uploadEveryMs = 10_000;

const merged: Cache = { name: "schema", lastsMs: uploadEveryMs, aheadMs: 0 };

/** Old and new are kept side by side: until somebody has merged the new one, the old one serves. */
const swapped: Cache = { name: "schema", lastsMs: 2 * uploadEveryMs, aheadMs: uploadEveryMs };

export const schemaForms = {
  before: (service: Service) => inside(service.schemaLock, () => mergedAndCloned(service)),
  swap: inParallel,
  // Merged on upload, and no request clones it.
  precomputed: nothing,
} as const satisfies Readonly<Record<string, (service: Service) => Transaction>>;

function* mergedAndCloned(service: Service): Transaction {
  yield* filledByAll(merged, () => work(service, rebuildMs));
  yield* work(service, cloneMs);
}

function* inParallel(service: Service): Transaction {
  yield* filledByOne(swapped, service.schemaLock, () => work(service, rebuildMs));
  yield* work(service, cloneMs);
}

function* nothing(): Transaction {}
