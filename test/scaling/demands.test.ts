import { describe, expect, it } from "vitest";
import { boundsOf, demandsOf, poolUtilisation } from "../../src/scaling/demands.ts";
import { clientOf24, poolBeforeBusyServer, poolOfSix, seenWith } from "./measurements.ts";

describe("demands", () => {
  it("of a pool are what a transaction holds of it, by its size", () => {
    const [pool, cpu] = demandsOf(poolOfSix);
    expect(pool).toMatchObject({ resource: "pool", utilisation: expect.closeTo(1) as number });
    expect(pool?.seconds).toBeCloseTo(0.12 / 6);
    expect(cpu).toMatchObject({ resource: "cpu", utilisation: 0.25 });
  });

  it("has none of a pool at which nobody waits: the most in use need not be all there are", () => {
    expect(demandsOf(seenWith()).map(({ resource }) => resource)).toEqual(["cpu"]);
  });

  it("of the cores are what others leave", () => {
    const host = { cores: 2, busyCores: 1.6, serverCores: 0.5, generatorCores: 0.2 };
    const utilisation = demandsOf(seenWith({ host }))[0]?.utilisation;
    expect(utilisation).toBeCloseTo(0.7 / 1.1);
    const taken = { ...host, busyCores: 2, serverCores: 0, generatorCores: 0 };
    expect(demandsOf(seenWith({ host: taken }))[0]?.utilisation).toBe(1);
  });

  it("has none of another machine's cores", () => {
    expect(demandsOf(seenWith({ host: null }))).toEqual([]);
  });

  it("of a gate is the exclusive hold by its capacity", () => {
    const gate = { name: "cores", capacity: 3, waitMs: 500, holdMs: 60, queueMax: 9 };
    const demand = demandsOf(seenWith({ perSecond: 48, gates: [gate], host: null }))[0];
    expect(demand).toEqual({ resource: "cores", seconds: 0.02, utilisation: 0.96 });
  });

  it("are none where nothing was committed", () => {
    expect(demandsOf(seenWith({ perSecond: 0 }))).toEqual([]);
  });
});

describe("a pool whose wait is not known", () => {
  it("is in use to nobody knows what share", () => {
    const client = { ...clientOf24, poolWaitMs: null, connectionsInUseMax: 6 };
    expect(poolUtilisation({ ...poolOfSix, client })).toBeNull();
  });
});

describe("the operational bounds", () => {
  const oneClient = { ...clientOf24, sessions: 1, latencyMs: 120, thinkMs: 30 };
  const alone = seenWith({ perSecond: 8, client: oneClient, waits: [] });

  it("are 1/Dmax and (R+Z)/Dmax", () => {
    const bounds = boundsOf(poolOfSix, alone);
    expect(bounds.perSecondMax).toBeCloseTo(50);
    expect(bounds.sessionsAtBound).toBeCloseTo(0.15 * 50);
  });

  it("leave out what the fewest sessions waited in a queue", () => {
    const queued = { ...alone, client: { ...oneClient, latencyMs: 160, poolWaitMs: 40 } };
    expect(boundsOf(poolOfSix, queued).sessionsAtBound).toBeCloseTo(0.15 * 50);
  });

  it("take the largest demand", () => {
    expect(boundsOf(poolBeforeBusyServer, alone).demands.map(({ resource }) => resource)).toEqual([
      "pool",
      "cpu",
    ]);
  });

  it("are unknown without any demand", () => {
    const remote = seenWith({ host: null });
    expect(boundsOf(remote, remote)).toEqual({
      demands: [],
      perSecondMax: null,
      sessionsAtBound: null,
    });
  });
});
