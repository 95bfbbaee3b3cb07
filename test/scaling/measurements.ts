/** Measurements for tests: 24 sessions without think time on a machine that has room left, all of them at the server. */
import type { ClientFigure, Measurements } from "../../src/scaling/measurements.ts";

export const clientOf24: ClientFigure = {
  sessions: 24,
  thinkMs: 0,
  latencyMs: 100,
  poolWaitMs: 0,
  connectionsInUseMax: 24,
  doubts: [],
};

/** What differs is given. */
export function seenWith(given: Partial<Measurements> = {}): Measurements {
  return {
    perSecond: 240,
    client: clientOf24,
    samples: 40,
    backendsMax: 24,
    busy: 23,
    active: 1,
    idleInTransaction: 22,
    waits: [
      { type: "Client", event: "ClientRead", sessions: 22 },
      { type: null, event: "running", sessions: 1 },
    ],
    edges: [],
    gates: [],
    host: { cores: 2, busyCores: 0.5, serverCores: 0.4, generatorCores: 0.1 },
    ...given,
  };
}

/** A pool of six in front of transactions that hold their connection for 120 ms: the machine is idle. */
export const poolOfSix = seenWith({
  perSecond: 50,
  client: { ...clientOf24, latencyMs: 480, poolWaitMs: 360, connectionsInUseMax: 6 },
  backendsMax: 6,
  busy: 5.9,
  active: 0.4,
  idleInTransaction: 5.5,
  waits: [
    { type: "Client", event: "ClientRead", sessions: 5.5 },
    { type: null, event: "running", sessions: 0.4 },
  ],
});

/** The same pool before a server that two sessions saturate. */
export const poolBeforeBusyServer = seenWith({
  perSecond: 200,
  client: { ...clientOf24, latencyMs: 120, poolWaitMs: 90, connectionsInUseMax: 6 },
  backendsMax: 6,
  busy: 5.8,
  active: 5.8,
  idleInTransaction: 0,
  waits: [{ type: null, event: "running", sessions: 5.8 }],
  host: { cores: 2, busyCores: 1.96, serverCores: 1.7, generatorCores: 0.2 },
});

/** Ten sockets inside the driver, of which the generator knows nothing. */
export const tenSockets = seenWith({
  perSecond: 60,
  client: { ...clientOf24, latencyMs: 400, connectionsInUseMax: 24 },
  backendsMax: 10,
  busy: 6.2,
  active: 0.4,
  idleInTransaction: 5.8,
  waits: [
    { type: "Client", event: "ClientRead", sessions: 5.8 },
    { type: null, event: "running", sessions: 0.4 },
  ],
});
