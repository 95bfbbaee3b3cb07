import { describe, expect, it } from "vitest";
import { partsOf, queueOf } from "../../src/scaling/parts.ts";
import {
  clientOf24,
  poolBeforeBusyServer,
  poolOfSix,
  seenWith,
  tenSockets,
} from "./measurements.ts";

function shareOf(parts: ReturnType<typeof partsOf>, kind: string, name: string | null = null) {
  return parts.find((part) => part.kind === kind && part.name === name)?.share;
}

describe("where the sessions are", () => {
  it("is at the pool, and in transactions that wait for the client", () => {
    const parts = partsOf(poolOfSix);
    expect(shareOf(parts, "pool")).toBeCloseTo(18 / 24);
    expect(shareOf(parts, "client", "ClientRead")).toBeCloseTo(5.5 / 24);
    expect(queueOf(parts)).toEqual({ kind: "pool", name: null, share: 0.75 });
  });

  it("is neither at the pool nor on the wire where nobody knows which of the two", () => {
    const client = { ...clientOf24, latencyMs: 480, poolWaitMs: null, connectionsInUseMax: 6 };
    const parts = partsOf({ ...poolOfSix, client });
    expect(parts.map(({ kind }) => kind)).not.toContain("pool");
    expect(parts.map(({ kind }) => kind)).not.toContain("network");
    expect(queueOf(parts)).toEqual({
      kind: "other",
      name: "in front of the server",
      share: 18.1 / 24,
    });
  });

  it("adds up to all of them, the largest first", () => {
    for (const seen of [poolOfSix, poolBeforeBusyServer, tenSockets, seenWith()]) {
      const parts = partsOf(seen);
      expect(parts.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1);
      expect(parts.map(({ share }) => share)).toEqual(
        parts.map(({ share }) => share).sort((one, other) => other - one),
      );
    }
  });

  it("tells running from waiting for a core by how many cores the server used", () => {
    const parts = partsOf(poolBeforeBusyServer);
    expect(shareOf(parts, "cpu", "on a core")).toBeCloseTo(1.7 / 24);
    expect(shareOf(parts, "cpu", "waiting for a core")).toBeCloseTo(4.1 / 24);
  });

  it("cannot tell the two apart on another machine, and claims no queue", () => {
    const remote = seenWith({
      host: null,
      waits: [{ type: null, event: "running", sessions: 23 }],
    });
    expect(queueOf(partsOf(remote)).kind).toBe("none");
  });

  it("is in the driver where fewer backends are there than it believes to use, else on the wire", () => {
    expect(queueOf(partsOf(tenSockets)).kind).toBe("generator");
    expect(queueOf(partsOf({ ...tenSockets, backendsMax: 24 })).kind).toBe("network");
  });

  it("splits lock waits by relation, as the edges name them", () => {
    const edge = { blocked: "replace", blocker: "replace" };
    const seen = seenWith({
      waits: [{ type: "Lock", event: "transactionid", sessions: 16 }],
      edges: [
        { ...edge, relation: "dms.document", sessions: 3 },
        { ...edge, relation: "dms.alias", sessions: 1 },
      ],
    });
    const parts = partsOf(seen);
    expect(shareOf(parts, "lock", "dms.document")).toBeCloseTo(12 / 24);
    expect(shareOf(parts, "lock", "dms.alias")).toBeCloseTo(4 / 24);
    expect(queueOf(parts)).toEqual({ kind: "lock", name: "dms.document", share: 16 / 24 });
    expect(queueOf(partsOf({ ...seen, edges: [] }))).toMatchObject({ kind: "lock", name: null });
  });

  it.each([
    ["LWLock", "LockManager", "internal-lock"],
    ["LWLock", "WALWrite", "io"],
    ["IO", "WALSync", "io"],
    ["BufferPin", "BufferPin", "internal-lock"],
    ["Client", "ClientWrite", "network"],
    ["Timeout", "PgSleep", "other"],
  ])("takes %s %s for %s", (type, event, kind) => {
    const seen = seenWith({ waits: [{ type, event, sessions: 24 }] });
    expect(queueOf(partsOf(seen))).toEqual({ kind, name: event, share: 1 });
  });

  it("is at the service's gates", () => {
    const gate = { capacity: 1, holdMs: 20, queueMax: 9 };
    const seen = seenWith({
      gates: [
        { ...gate, name: "schema-lock", waitMs: 60 },
        { ...gate, name: "cores", waitMs: 10 },
      ],
    });
    const parts = partsOf({ ...seen, waits: [], busy: 0 });
    expect(queueOf(parts)).toMatchObject({ kind: "service-gate", name: "schema-lock" });
    expect(shareOf(parts, "service-gate", "schema-lock")).toBeCloseTo(0.6);
    expect(shareOf(parts, "service")).toBeCloseTo(0.3);
  });

  it("is what the server says alone, if nobody knows the client", () => {
    const parts = partsOf(seenWith({ client: null }));
    expect(shareOf(parts, "client", "ClientRead")).toBeCloseTo(22 / 23);
  });

  it("is nowhere if nothing was seen", () => {
    const idle = seenWith({ perSecond: 0, client: { ...clientOf24, latencyMs: 0 }, waits: [] });
    expect(partsOf(idle)).toEqual([]);
    expect(queueOf([])).toEqual({ kind: "none", name: null, share: 0 });
  });
});
