import { describe, expect, it } from "vitest";
import { timesOf } from "../../src/watch/littles-law.ts";

const flow = { busy: 6, endedPerSecond: 48, clients: null, oldestMs: 200 };

describe("Little's law", () => {
  it("tells how long a transaction keeps a backend busy", () => {
    expect(timesOf(flow)).toEqual({
      transactionMs: 125,
      inServer: 6,
      clientsOutside: null,
      outsideMs: null,
      isCountedLate: false,
    });
  });

  it("tells how long a client is elsewhere, if it is known how many there are", () => {
    expect(timesOf({ ...flow, clients: 30 })).toMatchObject({ clientsOutside: 24, outsideMs: 500 });
  });

  it("has no clients elsewhere where fewer are said to be than are seen", () => {
    expect(timesOf({ ...flow, clients: 5 })).toMatchObject({ clientsOutside: 0, outsideMs: 0 });
  });

  it("says nothing without transactions", () => {
    const idle = { busy: 0, endedPerSecond: 0, clients: 30, oldestMs: null };
    expect(timesOf(idle)).toMatchObject({ transactionMs: null, outsideMs: null });
  });
});

describe("a count that is too small", () => {
  // Transactions of 125 ms are seen at an age of 62.5 ms or more, on the average.
  it.each([
    [31, true],
    [32, false],
    [null, false],
  ])("shows by the oldest transaction of %s ms: %s", (oldestMs, isCountedLate) => {
    const times = timesOf({ ...flow, clients: 30, oldestMs });
    expect(times.isCountedLate).toBe(isCountedLate);
    expect(times.transactionMs).toBe(isCountedLate ? null : 125);
    expect(times.outsideMs).toBe(isCountedLate ? null : 500);
  });

  it("is one where nothing was counted at all of what was seen", () => {
    expect(timesOf({ ...flow, endedPerSecond: 0, oldestMs: 20 }).isCountedLate).toBe(true);
  });
});
