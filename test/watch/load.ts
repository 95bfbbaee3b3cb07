/** Samples, readings and backends of loads that never were, for what is said of them. */
import type { Sample } from "../../src/observe/summary.ts";
import type { Measurements } from "../../src/scaling/measurements.ts";
import type { SeenBackends } from "../../src/watch/seen-words.ts";
import type { Reading } from "../../src/watch/reading.ts";

/** Ten backends, six of them in a transaction and waiting for the client; what differs is given. */
export function sampleAt(atMs: number, given: Partial<Sample> = {}): Sample {
  return {
    sentMs: atMs,
    answeredMs: atMs + 1,
    connections: 10,
    busy: 6,
    active: 0,
    idleInTransaction: 6,
    waitingForLock: 0,
    waits: [{ type: "Client", event: "ClientRead", count: 6 }],
    oldestTransactionMs: 40,
    edges: [],
    ...given,
  };
}

export const nobody = {
  connections: 0,
  busy: 0,
  idleInTransaction: 0,
  waits: [],
  oldestTransactionMs: null,
} as const;

/** Of a server on which 100 transactions a second are committed; what differs is given. */
export function readingAt(atMs: number, given: Partial<Reading> = {}): Reading {
  return {
    sentMs: atMs,
    answeredMs: atMs + 1,
    epoch: "started",
    commits: 5_000 + atMs / 10,
    rollbacks: 0,
    otherBackends: 0,
    ownTransactions: 0,
    host: null,
    ...given,
  };
}

/** Ten backends of whom 6.1 are busy, nearly all of them waiting for the client; what differs is given. */
export function measurementsWith(given: Partial<Measurements> = {}): Measurements {
  return {
    perSecond: 100,
    client: null,
    samples: 80,
    backendsMax: 10,
    busy: 6.1,
    active: 0.2,
    idleInTransaction: 5.9,
    waits: [
      { type: "Client", event: "ClientRead", sessions: 5.9 },
      { type: null, event: "running", sessions: 0.2 },
    ],
    edges: [],
    gates: [],
    host: null,
    ...given,
  };
}

/** All that is known of the client where its driver only says how many there are. */
export function clientsOf(sessions: number): Measurements["client"] {
  const unknown = { thinkMs: 0, poolWaitMs: 0, doubts: [] };
  return { sessions, latencyMs: sessions * 10, connectionsInUseMax: sessions, ...unknown };
}

/** Two cores; what others than the server use counts as the load's own. */
export function hostOf(busyCores: number, serverCores = busyCores): Measurements["host"] {
  return { cores: 2, busyCores, serverCores, generatorCores: busyCores - serverCores };
}

export function backendsWith(given: Partial<SeenBackends> = {}): SeenBackends {
  return { min: 10, max: 10, mean: 10, fullShare: 0.03, different: 10, isFlat: true, ...given };
}
