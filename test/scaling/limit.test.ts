import { describe, expect, it } from "vitest";
import { limitOf } from "../../src/scaling/limit.ts";
import { effectOf, type Relief } from "../../src/scaling/relief.ts";
import { predictedOnCores, predictedWider } from "../../src/scaling/prediction.ts";
import { type Suspect, suspectsOf } from "../../src/scaling/suspects.ts";
import { poolBeforeBusyServer, poolOfSix, seenWith, tenSockets } from "./measurements.ts";

function reliefOf(suspect: Suspect, before: number, predicted: number, measured: number): Relief {
  const mean = measured / before;
  const ratio = { mean, low: mean * 0.97, high: mean * 1.03 };
  const direction = predicted >= before ? "wider" : "narrower";
  return { suspect, changed: "twice of it", direction, before, predicted, measured, ratio };
}

const pool: Suspect = { kind: "pool", name: null, weight: 1 };
const cpu: Suspect = { kind: "cpu", name: null, weight: 0.98 };

describe("what limits", () => {
  it("is the pool, once a wider one brought more: by these figures alone", () => {
    expect(suspectsOf(poolOfSix)[0]).toMatchObject({ kind: "pool" });
    const limit = limitOf(poolOfSix, [reliefOf(pool, 50, 100, 98)]);
    expect(limit).toMatchObject({
      kind: "pool",
      relief: { before: 50, predicted: 100, measured: 98 },
      suspected: null,
    });
    expect(limit.evidence).toContain("50 transactions a second before, 100 predicted, 98 measured");
  });

  it("is the generator where ten backends do the work of 24 connections: by these figures alone", () => {
    const limit = limitOf(tenSockets, []);
    expect(limit.kind).toBe("generator");
    expect(limit.evidence).toContain("24 connections were in use");
    expect(limit.evidence).toContain("10 backends");
  });

  it("is the generator in spite of any relief", () => {
    expect(limitOf(tenSockets, [reliefOf(pool, 50, 100, 98)]).kind).toBe("generator");
  });

  it("is not the generator where all backends are there, nor where nobody looked", () => {
    expect(limitOf({ ...tenSockets, backendsMax: 24 }, []).kind).not.toBe("generator");
    expect(limitOf({ ...tenSockets, samples: 0 }, []).kind).not.toBe("generator");
  });

  it("is the generator where it is itself too slow", () => {
    const client = { ...poolOfSix.client, doubts: ["it used 97 % of its one core"] } as never;
    const limit = limitOf({ ...poolOfSix, client }, [reliefOf(pool, 50, 100, 98)]);
    expect(limit).toMatchObject({ kind: "generator", evidence: "it used 97 % of its one core" });
  });

  it("is the cpu where the queue is at the pool and a wider pool brings nothing", () => {
    const kinds = suspectsOf(poolBeforeBusyServer).map(({ kind }) => kind);
    expect(kinds).toEqual(["pool", "cpu"]);
    const wider = reliefOf(pool, 200, 204, 201);
    expect(limitOf(poolBeforeBusyServer, [wider])).toMatchObject({ kind: "cpu" });
    const narrower = reliefOf(cpu, 200, 118, 121);
    expect(limitOf(poolBeforeBusyServer, [wider, narrower])).toMatchObject({
      kind: "cpu",
      relief: { predicted: 118, measured: 121 },
    });
  });

  it("is not the cpu if half the cores do as much", () => {
    const reliefs = [reliefOf(pool, 200, 204, 201), reliefOf(cpu, 200, 118, 196)];
    expect(limitOf(poolBeforeBusyServer, reliefs)).toMatchObject({
      kind: "unknown",
      suspected: null,
    });
  });

  it("is not named without relief, however full it is", () => {
    expect(limitOf(poolOfSix, [])).toMatchObject({ kind: "unknown", suspected: "pool" });
  });

  it("is not the pool if a wider one brings nothing", () => {
    expect(limitOf(poolOfSix, [reliefOf(pool, 50, 100, 51)])).toMatchObject({ kind: "unknown" });
  });

  it("is mixed where relief brings less than half of what was predicted", () => {
    expect(limitOf(poolOfSix, [reliefOf(pool, 50, 100, 62)])).toMatchObject({ kind: "mixed" });
  });

  it("is none where nothing is at its limit", () => {
    expect(limitOf(seenWith(), [])).toMatchObject({ kind: "none", shares: {} });
  });

  it("is only suspected on a machine whose cores cannot be seen", () => {
    const running = [{ type: null, event: "running", sessions: 23 }];
    const limit = limitOf(seenWith({ host: null, waits: running }), []);
    expect(limit).toMatchObject({ kind: "unknown", suspected: "cpu" });
    expect(limit.evidence).toContain("inferred");
  });

  it("suspects locks, internal locks and io by the sessions that wait for them", () => {
    const waits = [
      { type: "Lock", event: "tuple", sessions: 12 },
      { type: "LWLock", event: "LockManager", sessions: 6 },
      { type: "IO", event: "WALSync", sessions: 3 },
    ];
    expect(suspectsOf(seenWith({ waits })).map(({ kind }) => kind)).toEqual([
      "lock",
      "internal-lock",
      "io",
      "network",
    ]);
  });

  it("ranks the gates of a service by how full they are, not by who waits there", () => {
    const gates = [
      { name: "threads", capacity: 64, waitMs: 900, holdMs: 150, queueMax: 136 },
      { name: "schema-lock", capacity: 1, waitMs: 300, holdMs: 20, queueMax: 60 },
    ];
    const [first] = suspectsOf(seenWith({ perSecond: 49, gates }));
    expect(first).toMatchObject({ kind: "service-gate", name: "schema-lock" });
  });
});

describe("the effect of a relief", () => {
  it("needs more than the noise, a tenth, and half of what was predicted", () => {
    expect(effectOf(reliefOf(pool, 50, 100, 80))).toBe("confirmed");
    expect(effectOf(reliefOf(pool, 50, 100, 65))).toBe("partial");
    expect(effectOf(reliefOf(pool, 50, 100, 54))).toBe("none");
    const noisy = { ...reliefOf(pool, 50, 100, 80), ratio: { mean: 1.6, low: 0.9, high: 2.8 } };
    expect(effectOf(noisy)).toBe("none");
    expect(effectOf({ ...noisy, ratio: null })).toBe("none");
  });

  it("of taking away is a fall", () => {
    expect(effectOf(reliefOf(cpu, 200, 118, 125))).toBe("confirmed");
    expect(effectOf(reliefOf(cpu, 200, 118, 170))).toBe("partial");
    expect(effectOf(reliefOf(cpu, 200, 118, 210))).toBe("none");
  });
});

describe("a prediction", () => {
  it("is as much more as there is of the suspect", () => {
    expect(predictedWider(poolOfSix, pool, 2)).toBeCloseTo(100);
  });

  it("ends where the next resource is used up", () => {
    expect(predictedWider(poolBeforeBusyServer, pool, 2)).toBeCloseTo((200 * 1.94) / 1.9);
  });

  it("ends where the sessions cannot ask for more", () => {
    // 24 sessions of 120 ms each without waiting.
    expect(predictedWider({ ...poolOfSix, host: null }, pool, 10)).toBeCloseTo(200);
  });

  it("of fewer cores is in proportion, and nothing where they suffice", () => {
    expect(predictedOnCores(200, 1.6, 1)).toBeCloseTo(125);
    expect(predictedOnCores(200, 0.8, 1)).toBe(200);
  });
});
