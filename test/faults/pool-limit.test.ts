import { describe, expect, it } from "vitest";
import type { FaultTarget } from "../../src/faults/fault.ts";
import { poolLimit } from "../../src/faults/pool-limit.ts";
import { contextOn } from "../run/faults/fault.ts";
import { around, shown, type Shown } from "./evidence.ts";

const queued = { meanUs: 47_000, maxUs: 90_000 };

function prove(given: Shown) {
  return poolLimit.prove(around(shown(given)), { max: 6 });
}

describe("the proof of pool-limit", () => {
  it("is that the server never saw more sessions busy, while others waited", () => {
    expect(prove({ gateWait: queued })).toEqual({
      effective: true,
      evidence:
        "the server saw at most 6 busy sessions in 40 samples, " +
        "at most 6 in the 40 after those inside at the start were done (limit 6); " +
        "the mean wait at the gate was 47.0 ms over 1000 transactions",
    });
  });

  it("needs no limit that is reached: fewer may have been busy", () => {
    expect(prove({ activity: { busy: { mean: 3, max: 5 } }, gateWait: queued }).effective).toBe(
      true,
    );
  });

  it("fails where the server saw one session too many", () => {
    expect(prove({ activity: { busy: { mean: 6, max: 7 } }, gateWait: queued }).effective).toBe(
      false,
    );
  });

  it("fails where nobody had to wait: then the limit was never felt", () => {
    expect(prove({ gateWait: { meanUs: 12, maxUs: 400 } }).effective).toBe(false);
  });

  it("fails where it was a pool of connections that kept them waiting, and not the gate", () => {
    const idle = { meanUs: 3, maxUs: 400 };
    expect(prove({ poolWait: queued, gateWait: idle }).effective).toBe(false);
  });

  it("forgives those who were inside before, until they are done", () => {
    const drained = {
      activity: { busy: { mean: 8.2, max: 40 } },
      settled: { samples: 30, busy: { mean: 6, max: 6 } },
    };
    expect(prove({ ...drained, gateWait: queued })).toEqual({
      effective: true,
      evidence:
        "the server saw at most 40 busy sessions in 40 samples, " +
        "at most 6 in the 30 after those inside at the start were done (limit 6); " +
        "the mean wait at the gate was 47.0 ms over 1000 transactions",
    });
  });

  it("fails where there was one too many once they were done", () => {
    const settled = { samples: 30, busy: { mean: 6, max: 7 } };
    const activity = { busy: { mean: 6, max: 40 } };
    expect(prove({ activity, settled, gateWait: queued }).effective).toBe(false);
  });

  it("fails where they were never done: nothing of the limit was seen", () => {
    const settled = { samples: 0, busy: { mean: 0, max: 0 } };
    const activity = { busy: { mean: 6, max: 40 } };
    expect(prove({ activity, settled, gateWait: queued }).effective).toBe(false);
  });

  it("fails where the server was never looked at", () => {
    expect(prove({ activity: { samples: 0 }, gateWait: queued }).effective).toBe(false);
  });

  it("fails where no transaction came through", () => {
    expect(prove({ gateWait: { count: 0, meanUs: 0, maxUs: 0 } }).effective).toBe(false);
  });
});

describe("pool-limit", () => {
  const untouchable: FaultTarget = {
    query: () => Promise.reject(new Error("the database is none of its business")),
  };

  it("narrows the sessions and lifts the limit again, without touching the database", async () => {
    const limits: (number | null)[] = [];
    const context = contextOn(untouchable, { limitConnections: (max) => limits.push(max) });
    expect(await poolLimit.check(context, { max: 6 })).toEqual([]);
    expect(limits).toEqual([]);
    const inForce = await poolLimit.inject(context, { max: 6 }, null);
    expect(limits).toEqual([6]);
    await inForce.release();
    await inForce.release();
    expect(limits).toEqual([6, null, null]);
  });

  it("leaves nothing behind that would have to be journalled", () => {
    expect(poolLimit.undo).toBeUndefined();
  });
});
