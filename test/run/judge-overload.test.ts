import { describe, expect, it } from "vitest";
import { judge } from "../../src/run/judge.ts";
import { finished } from "../metrics/transactions.ts";
import { measured, threshold, fine, verdict } from "./judge-input.ts";

const overload = { waitingAtEnd: 1_500, offeredPerSecond: 245.6 };

describe("a run that was overloaded", () => {
  it("ends with 99, and says what was offered, what was served and what waits", () => {
    expect(verdict({ overload })).toEqual({
      status: "fail",
      exitCode: 99,
      reasons: [
        "overloaded: 245.6 transactions a second were offered and 170.6 committed by 100 sessions; " +
          "1 500 arrivals waited at the end, ever more of them, so latencies only tell how long the run was, " +
          "and none is compared",
      ],
    });
  });

  it.each([
    ["latency", "p(95) < 1us"],
    ["latency{operation:write}", "max < 1us"],
    ["service", "avg < 1us"],
    ["pool_wait", "p(99.99) < 1us"],
    ["latency{operation:nothing}", "max < 1s"],
  ])("compares no time: %s: %s is neither missed nor unknown", (metric, expression) => {
    const given = { ...fine, thresholds: [threshold(metric, expression)] };
    const judged = judge({ ...given, overload });
    expect(judged.thresholds).toMatchObject([{ judged: "not-compared", ok: false, actual: null }]);
    expect(judged.verdict).toMatchObject({ exitCode: 99, reasons: [expect.anything()] });
    // Which would fail, or not be known, if it had been served what it was offered.
    expect(judge(given).thresholds).not.toMatchObject([{ judged: "not-compared" }]);
    expect(judge(given).verdict.exitCode).not.toBe(0);
  });

  it("compares all that is no time", () => {
    const thresholds = [threshold("errors", "count == 0"), threshold("committed", "rate > 245")];
    const judged = judge({ ...fine, thresholds, overload });
    expect(judged.thresholds.map(({ judged: how }) => how)).toEqual(["pass", "fail"]);
    expect(judged.verdict.reasons).toHaveLength(2);
    expect(judged.verdict.exitCode).toBe(99);
  });

  it("is told as that, and not by what is left of it in flight", () => {
    const measurements = measured((recorder) => {
      for (let count = 0; count < 90; count++) recorder.record(finished());
      for (let count = 0; count < 90; count++) recorder.neverStarted("write", 5_000_000);
    });
    const judged = verdict({ measurements, overload });
    expect(judged.exitCode).toBe(99);
    expect(judged.reasons).toHaveLength(1);
  });

  it("is invalid before that where the generator was the bottleneck", () => {
    const judged = verdict({ overload, generatorDoubts: ["it used 93 % of its one core"] });
    expect(judged).toMatchObject({ status: "invalid", exitCode: 97 });
    expect(judged.reasons.map((reason) => reason.split(" ")[0])).toEqual(["the", "overloaded:"]);
  });

  it("says nothing of overload where there was none", () => {
    expect(verdict({}).reasons.join()).not.toContain("overloaded");
  });
});

describe("arrivals that no session was free to start", () => {
  it("are no transactions that were dropped in flight", () => {
    const measurements = measured((recorder) => {
      for (let count = 0; count < 100; count++) recorder.record(finished());
      recorder.censored("write", 5_000);
      for (let count = 0; count < 2; count++) recorder.neverStarted("write", 5_000);
    });
    expect(verdict({ measurements, sessions: 4 }).reasons).toEqual([
      "100 transactions committed by 4 sessions in 20 s, 1 dropped in flight, 2 never started",
    ]);
  });
});
