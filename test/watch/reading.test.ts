import { describe, expect, it } from "vitest";
import { ratesIn } from "../../src/watch/reading.ts";
import { readingAt } from "./load.ts";

describe("the rate of transactions", () => {
  it("is what the counters grew by, the watching's own left out", () => {
    const readings = [
      readingAt(0, { commits: 1_000, rollbacks: 7, ownTransactions: 10 }),
      readingAt(1_000, { commits: 1_110, rollbacks: 8, ownTransactions: 15 }),
      readingAt(2_000, { commits: 1_220, rollbacks: 9, ownTransactions: 20 }),
    ];
    expect(ratesIn(readings)).toEqual({
      seconds: 2,
      committedPerSecond: 105,
      rolledBackPerSecond: 1,
    });
  });

  it("leaves out the time in which the counters began anew", () => {
    const readings = [
      readingAt(0, { commits: 1_000 }),
      readingAt(1_000, { commits: 1_100 }),
      readingAt(9_000, { commits: 5, epoch: "again" }),
      readingAt(10_000, { commits: 205, epoch: "again" }),
    ];
    expect(ratesIn(readings)).toMatchObject({ seconds: 2, committedPerSecond: 150 });
  });

  it("is none rather than less where only the watching went on", () => {
    const readings = [readingAt(0, { commits: 1 }), readingAt(1_000, { commits: 3 })];
    const own = readings.map((reading, index) => ({ ...reading, ownTransactions: index * 5 }));
    expect(ratesIn(own)).toMatchObject({ committedPerSecond: 0 });
  });

  it.each([
    ["there is no reading", []],
    ["there is only one", [readingAt(0)]],
    ["the counters began anew in between", [readingAt(0), readingAt(1_000, { epoch: "again" })]],
  ])("is not known where %s", (_, readings) => {
    expect(ratesIn(readings)).toBeNull();
  });
});
