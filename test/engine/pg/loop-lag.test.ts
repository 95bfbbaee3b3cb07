import { describe, expect, it } from "vitest";
import { LoopLag } from "../../../src/engine/pg/loop-lag.ts";

const intervalMs = 20;
const oneBlocked = { toldMs: 0, runQueueUs: 0 };

describe("the lag of a loop", () => {
  it("is nothing while no probe is due", () => {
    const lag = new LoopLag(1000, intervalMs);
    expect(lag.dueMs).toBe(1000 + intervalMs);
    lag.record({ nowMs: 1000 + intervalMs - 1, toldMs: 0, runQueueUs: 0 });
    expect(lag.all.count).toBe(0);
  });

  it("runs from when the loop was told, for it could not know before", () => {
    const lag = new LoopLag(0, intervalMs);
    lag.record({ nowMs: 27, toldMs: 25, runQueueUs: 0 });
    expect(lag.all.max).toBe(2000);
    expect(lag.dueMs).toBe(40);
  });

  it("runs from when the probe was due where the loop was told something else before", () => {
    const lag = new LoopLag(0, intervalMs);
    lag.record({ nowMs: 27, toldMs: 5, runQueueUs: 0 });
    expect(lag.all.max).toBe(7000);
  });

  it("is never negative, however exactly two threads' clocks agree", () => {
    const lag = new LoopLag(0, intervalMs);
    lag.record({ nowMs: 20, toldMs: 20.001, runQueueUs: 0 });
    expect(lag.all.max).toBe(0);
  });

  it("counts a block of half a second in five as a tenth of the probes", () => {
    const lag = new LoopLag(0, intervalMs);
    for (let nowMs = 20; nowMs <= 4500; nowMs += 20) lag.record({ ...oneBlocked, nowMs });
    lag.record({ ...oneBlocked, nowMs: 5000 });
    expect(lag.all.count).toBe(250);
    expect(lag.all.percentile(0.9)).toBe(0);
    expect(lag.all.percentile(0.95)).toBeGreaterThanOrEqual(220_000);
    expect(lag.all.max).toBe(480_000);
    expect(lag.dueMs).toBe(5020);
  });

  it("counts those that were missed before the loop was told as late as the first", () => {
    const lag = new LoopLag(0, intervalMs);
    lag.record({ nowMs: 72, toldMs: 70, runQueueUs: 0 });
    expect(lag.all).toMatchObject({ count: 3, min: 2000, max: 2000 });
  });
});

describe("the loop's own part of it", () => {
  it("is all of it while the thread never waited for a core", () => {
    const lag = new LoopLag(0, intervalMs);
    lag.record({ nowMs: 50, toldMs: 0, runQueueUs: 0 });
    expect(lag.own).toMatchObject({ count: 2, min: 10_000, max: 30_000 });
  });

  it("is what waiting for a core does not explain", () => {
    const lag = new LoopLag(0, intervalMs);
    lag.record({ nowMs: 50, toldMs: 0, runQueueUs: 12_000 });
    expect(lag.all).toMatchObject({ count: 2, min: 10_000, max: 30_000 });
    expect(lag.own).toMatchObject({ count: 2, min: 0, max: 18_000 });
  });

  it("is not made up where nobody knows", () => {
    const lag = new LoopLag(0, intervalMs);
    lag.record({ nowMs: 50, toldMs: 0, runQueueUs: null });
    expect(lag.all.count).toBe(2);
    expect(lag.own.count).toBe(0);
  });
});
