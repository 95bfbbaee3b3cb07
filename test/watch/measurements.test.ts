import { describe, expect, it } from "vitest";
import { cpuUtilisation } from "../../src/scaling/demands.ts";
import { backendCounts, measurementsOf } from "../../src/watch/measurements.ts";
import { sampleAt } from "./load.ts";

const rates = { seconds: 1, committedPerSecond: 100, rolledBackPerSecond: 0 };

const edge = {
  blocked: "waits",
  blocker: "holds",
  mode: "ShareLock",
  lockType: "transactionid",
  relation: "public.account",
  ageMs: 5,
  blockerState: "active",
};

describe("what a cause may be named from", () => {
  it("is the mean over the looks", () => {
    const samples = [
      sampleAt(0),
      sampleAt(250, {
        connections: 12,
        busy: 4,
        active: 3,
        idleInTransaction: 1,
        waits: [
          { type: "Lock", event: "transactionid", count: 3 },
          { type: "Client", event: "ClientRead", count: 1 },
        ],
        edges: [edge, edge, edge],
      }),
    ];
    expect(measurementsOf({ samples, rates, host: null, clients: null })).toEqual({
      perSecond: 100,
      client: null,
      samples: 2,
      backendsMax: 12,
      busy: 5,
      active: 1.5,
      idleInTransaction: 3.5,
      waits: [
        { type: "Client", event: "ClientRead", sessions: 3.5 },
        { type: "Lock", event: "transactionid", sessions: 1.5 },
      ],
      edges: [{ blocked: "waits", blocker: "holds", relation: "public.account", sessions: 1.5 }],
      gates: [],
      host: null,
    });
  });

  it("has of the clients how many there are, and their whole round", () => {
    const seen = { samples: [sampleAt(0)], rates, host: null };
    expect(measurementsOf({ ...seen, clients: 32 }).client).toMatchObject({
      sessions: 32,
      connectionsInUseMax: 32,
      latencyMs: 320,
    });
    const still = { ...rates, committedPerSecond: 0 };
    expect(measurementsOf({ ...seen, rates: still, clients: 32 }).client?.latencyMs).toBe(0);
  });

  it("counts all others as the load's own, so that the whole machine's cores are in use", () => {
    const host = { cores: 2, busyCores: 1.5, serverCores: 1, generatorCores: 0.3 };
    const seen = measurementsOf({ samples: [sampleAt(0)], rates, host, clients: null });
    expect(seen.host).toEqual({ ...host, generatorCores: 0.5 });
    expect(cpuUtilisation(seen)).toBe(0.75);
  });

  it("has no others where the server's clocks show more than the machine's", () => {
    const host = { cores: 2, busyCores: 1.98, serverCores: 2, generatorCores: 0 };
    const seen = measurementsOf({ samples: [sampleAt(0)], rates, host, clients: null });
    expect(seen.host?.generatorCores).toBe(0);
  });
});

describe("how many backends there were", () => {
  it("is counted from look to look", () => {
    const samples = [sampleAt(0), sampleAt(1, { connections: 6 }), sampleAt(2, { busy: 10 })];
    const counts = backendCounts(samples);
    expect(counts).toMatchObject({ min: 6, max: 10, fullShare: 1 / 3 });
    expect(counts.mean).toBeCloseTo(26 / 3);
  });

  it("is none without a look", () => {
    expect(backendCounts([])).toEqual({ min: 0, max: 0, mean: 0, fullShare: 0 });
  });
});
