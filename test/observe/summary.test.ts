import { describe, expect, it } from "vitest";
import type { LockEdge } from "../../src/observe/locks.ts";
import {
  activityEvidence,
  observedIn,
  type Sample,
  waitShares,
} from "../../src/observe/summary.ts";

const quiet: Sample = {
  sentMs: 0,
  answeredMs: 1,
  connections: 0,
  busy: 0,
  active: 0,
  idleInTransaction: 0,
  waitingForLock: 0,
  waits: [],
  oldestTransactionMs: null,
  edges: [],
};

const edge: LockEdge = {
  blocked: "replace",
  blocker: "replace",
  mode: "ShareLock",
  lockType: "transactionid",
  relation: "dms.document",
  ageMs: 5,
  blockerState: "active",
};

describe("a summary of samples", () => {
  it("has means and maxima over all samples", () => {
    const samples = [
      { ...quiet, connections: 9, busy: 6, active: 4, idleInTransaction: 2 },
      { ...quiet, connections: 10, busy: 3, active: 3 },
    ];
    expect(activityEvidence(samples)).toEqual({
      samples: 2,
      busy: { mean: 4.5, max: 6 },
      active: { mean: 3.5, max: 4 },
      idleInTransaction: { mean: 1, max: 2 },
      connections: 10,
    });
  });

  it("says that it rests on nothing where there is no sample", () => {
    expect(activityEvidence([])).toMatchObject({ samples: 0, busy: { mean: 0, max: 0 } });
  });

  it("adds up equal waits, and tells them from others of the same type", () => {
    const lock = { type: "Lock", event: "tuple", count: 2 };
    const running = { type: null, event: "running", count: 3 };
    const samples = [
      { ...quiet, waits: [lock, { ...lock, event: "transactionid" }] },
      { ...quiet, waits: [lock, running] },
    ];
    expect(observedIn(samples, 7).waits).toEqual([
      { type: "Lock", event: "tuple", samples: 4 },
      { type: null, event: "running", samples: 3 },
      { type: "Lock", event: "transactionid", samples: 2 },
    ]);
  });

  it("adds up equal lock edges with their greatest age and their blockers' states", () => {
    const samples = [
      { ...quiet, waitingForLock: 2, edges: [edge, { ...edge, relation: "dms.alias" }] },
      {
        ...quiet,
        waitingForLock: 1,
        edges: [{ ...edge, ageMs: 255, blockerState: "idle in transaction" }],
      },
      quiet,
    ];
    const { locks } = observedIn(samples, 1);
    expect(locks.samples).toBe(3);
    expect(locks.waiting).toEqual({ mean: 1, max: 2 });
    expect(locks.edges).toEqual([
      {
        blocked: "replace",
        blocker: "replace",
        mode: "ShareLock",
        lockType: "transactionid",
        relation: "dms.document",
        count: 2,
        ageMsMax: 255,
        blockerStates: { active: 1, "idle in transaction": 1 },
      },
      expect.objectContaining({ relation: "dms.alias", count: 1 }),
    ]);
  });
});

describe("the shares of waits", () => {
  const lock = { type: "Lock", event: "relation", count: 3 };
  const io = { type: "IO", event: "DataFileRead", count: 1 };
  const running = { type: null, event: "running", count: 9 };

  it("are sessions at a time, over all samples, without those that ran", () => {
    const samples = [
      { ...quiet, waits: [io, running] },
      { ...quiet, waits: [lock, running] },
      { ...quiet, waits: [lock] },
      quiet,
    ];
    expect(waitShares(samples)).toEqual([
      { type: "Lock", event: "relation", mean: 1.5 },
      { type: "IO", event: "DataFileRead", mean: 0.25 },
    ]);
  });

  it("are none where nobody waited, and none without samples", () => {
    expect(waitShares([{ ...quiet, waits: [running] }])).toEqual([]);
    expect(waitShares([])).toEqual([]);
  });
});
