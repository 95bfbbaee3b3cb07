import { describe, expect, it } from "vitest";
import type { RunResult } from "../../src/run/result.ts";
import { measurementsOf } from "../../src/sweep/measured.ts";
import { someLatency } from "../report/latencies.ts";
import { quietRun } from "../report/run-result.ts";

/** 80 looks at the server. */
const run: RunResult = {
  ...quietRun,
  waits: [{ type: "Lock", event: "tuple", samples: 160 }],
  locks: {
    ...quietRun.locks,
    edges: [
      {
        blocked: "replace",
        blocker: "delete",
        mode: "ShareLock",
        lockType: "tuple",
        relation: "dms.document",
        count: 40,
        ageMsMax: 1,
        blockerStates: {},
      },
    ],
  },
};

describe("what a run measured", () => {
  it("has means over the looks at the server", () => {
    const { waits, edges, samples, busy } = measurementsOf(run);
    expect(waits).toEqual([{ type: "Lock", event: "tuple", sessions: 2 }]);
    expect(edges).toEqual([
      { blocked: "replace", blocker: "delete", relation: "dms.document", sessions: 0.5 },
    ]);
    expect([samples, busy]).toEqual([80, 5.5]);
  });

  it("has the client's times in ms, and its think time on the average", () => {
    const poolWaitUs = { ...someLatency, mean: 4_500 };
    const waited = { ...run, concurrency: { ...run.concurrency, poolWaitUs } };
    expect(measurementsOf(waited).client).toEqual({
      sessions: 100,
      thinkMs: 30,
      latencyMs: 12.345,
      poolWaitMs: 4.5,
      connectionsInUseMax: 100,
      doubts: [],
    });
  });

  it("does not know how long sessions waited at a pool that does not tell", () => {
    const poolWaitUs = { ...someLatency, mean: null };
    const untold = { ...run, concurrency: { ...run.concurrency, poolWaitUs } };
    expect(measurementsOf(untold).client?.poolWaitMs).toBeNull();
  });

  it("has a gate's times a transaction, whatever the number of visits", () => {
    const latency = { ...someLatency, mean: 10_000 };
    const gate = { capacity: 3, waitUs: latency, holdUs: latency, queueMax: 7 };
    const gates = { cores: { ...gate, visits: 2 * quietRun.transactions.committed } };
    expect(measurementsOf({ ...run, gates }).gates).toEqual([
      { name: "cores", capacity: 3, waitMs: 20, holdMs: 20, queueMax: 7 },
    ]);
  });

  it("counts all that ended in the measured time, those that began in the warm-up included", () => {
    const transactions = { ...run.transactions, committed: 1_000, late: 100, lengthMs: 10_000 };
    const plan = { ...run.plan, warmupMs: 5_000 };
    expect(measurementsOf({ ...run, plan, transactions }).perSecond).toBe(100);
    const cold = { ...run, plan: { ...plan, warmupMs: 0 }, transactions };
    expect(measurementsOf(cold).perSecond).toBe(90);
    const stopped = { ...run, transactions: { ...transactions, lengthMs: 0 } };
    expect(measurementsOf(stopped).perSecond).toBe(0);
  });

  it("has zeros, not NaN, where nobody looked", () => {
    const unseen = { ...run, locks: { ...run.locks, samples: 0 } };
    expect(measurementsOf(unseen).waits).toEqual([{ type: "Lock", event: "tuple", sessions: 0 }]);
  });
});
