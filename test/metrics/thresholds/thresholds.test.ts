import { describe, expect, it } from "vitest";
import { Recorder } from "../../../src/metrics/recorder.ts";
import { Tally } from "../../../src/metrics/tally.ts";
import { isTime } from "../../../src/metrics/thresholds/threshold-metric.ts";
import { parseThreshold, type Threshold } from "../../../src/metrics/thresholds/threshold-text.ts";
import {
  evaluate,
  type Measurements,
  notCompared,
  type ThresholdResult,
} from "../../../src/metrics/thresholds/thresholds.ts";
import { aborted, finished, tallyOf } from "../transactions.ts";
import { noEdges, unmeasured } from "./unmeasured.ts";

/** 100 writes of 1 to 100 ms, ten aborted reads, over 10 s. */
function measured(): Measurements {
  const recorder = new Recorder();
  for (let ms = 1; ms <= 100; ms++) {
    recorder.record(finished({ latencyUs: ms * 1000, serviceUs: ms * 500, poolWaitUs: ms * 10 }));
  }
  for (let count = 0; count < 10; count++) {
    const failures = ["40001", "40001"];
    recorder.record(
      finished({ operation: "read", outcome: aborted, latencyUs: 9e6, attempts: 2, failures }),
    );
  }
  const tally = recorder.take();
  const whole = { lengthMs: 10_000, tally, inTime: tally };
  return { ...unmeasured, whole, deadTuples: 50 };
}

function threshold(metric: string, expression: string): Threshold {
  const read = parseThreshold({ source: "test", metric, expression });
  if (!read.ok) throw new Error(read.problems.join());
  return read.value;
}

function judge(metric: string, expression: string, given = measured()): ThresholdResult {
  return evaluate(threshold(metric, expression), given);
}

describe("evaluate", () => {
  it.each([
    ["latency", "avg == 50.5", 50.5],
    ["latency", "min >= 1ms", 1],
    ["latency", "max <= 100", 100],
    ["latency", "max <= 0.1s", 0.1],
    ["latency{operation:write}", "max <= 100000us", 100_000],
    ["service", "max == 50", 50],
    ["pool_wait{operation:write}", "max == 1000us", 1000],
    ["committed", "count == 100", 100],
    ["committed", "rate > 9.99", 10],
    ["aborted", "count != 0", 10],
    ["unknown", "count == 0", 0],
    ["retries", "count == 10", 10],
    ["errors", "count <= 20", 20],
    ["errors{sqlstate:40001}", "rate < 2.01", 2],
    ["errors{sqlstate:55P03}", "count == 0", 0],
    ["errors{operation:write}", "count == 0", 0],
    ["dead_tuples", "value >= 50", 50],
  ])("lets %s: %s pass", (metric, expression, actual) => {
    expect(judge(metric, expression)).toMatchObject({
      actual,
      ok: true,
      judged: "pass",
      problem: "",
    });
  });

  it.each([
    ["latency", "avg < 50.5"],
    ["latency", "avg <= 50.4"],
    ["latency", "avg > 50.5"],
    ["latency", "avg >= 50.6"],
    ["latency", "avg == 50"],
    ["latency", "avg != 50.5"],
    ["latency", "max < 0.1s"],
    ["latency", "max < 100000us"],
    ["latency", "p(90) < 90"],
    ["service", "max < 50"],
    ["pool_wait", "max < 1"],
    ["committed", "rate > 10"],
    ["aborted", "count == 0"],
    ["unknown", "count > 0"],
    ["retries", "count < 10"],
    ["errors{sqlstate:40001}", "count == 0"],
    ["dead_tuples", "value < 10"],
  ])("lets %s: %s fail", (metric, expression) => {
    expect(judge(metric, expression)).toMatchObject({ ok: false, judged: "fail" });
  });

  it("says what was written, what it was, and in which unit", () => {
    expect(judge("latency{operation:write}", "max < 50ms")).toEqual({
      expression: "latency{operation:write}: max < 50ms",
      actual: 100,
      unit: "ms",
      ok: false,
      judged: "fail",
      problem: "latency{operation:write}: max < 50ms does not hold: it was 100ms",
      note: "",
    });
  });

  it.each([
    ["latency{operation:read}", "avg < 1s"],
    ["latency{operation:read}", "p(90) < 1s"],
    ["latency{operation:scan}", "max < 1s"],
    ["errors{operation:scan}", "count == 0"],
    ["aborted{window:fault}", "count == 0"],
    ["wal_bytes", "value < 1"],
  ])("has no data for %s: %s, and lets nothing pass", (metric, expression) => {
    expect(judge(metric, expression)).toMatchObject({
      actual: null,
      ok: false,
      judged: "no-data",
      problem: expect.stringContaining("nothing was measured") as string,
    });
  });

  it("has no data where nothing at all was recorded, not even for a count of 0", () => {
    const whole = { lengthMs: 10_000, tally: new Tally(), inTime: new Tally() };
    const empty = { ...unmeasured, whole };
    for (const metric of ["errors", "aborted", "unknown", "committed", "retries"]) {
      expect(judge(metric, "count == 0", empty).judged).toBe("no-data");
    }
    expect(judge("dead_tuples", "value < 10", empty).judged).toBe("no-data");
  });

  it("cannot tell a percentile that the sample does not support", () => {
    expect(judge("latency", "p(95) < 1s")).toMatchObject({
      actual: null,
      ok: false,
      judged: "unknown",
      problem: "latency: p(95) < 1s cannot be told from 100 transactions: it takes 200",
    });
  });
});

describe("in an overloaded run a threshold on a time", () => {
  it("is neither held nor missed: nothing is told of it but what was written", () => {
    expect(notCompared(threshold("latency{operation:write}", "p(95) < 1s"))).toEqual({
      expression: "latency{operation:write}: p(95) < 1s",
      actual: null,
      unit: "s",
      ok: false,
      judged: "not-compared",
      problem: "",
      note: "",
    });
  });

  it.each(["latency", "service", "pool_wait"])("can be one on %s", (metric) => {
    expect(isTime(threshold(metric, "max < 1s").metric.name)).toBe(true);
  });

  it("can be one on recovery", () => {
    expect(isTime(threshold("recovery", "recovers within 10s").metric.name)).toBe(true);
  });

  it.each([
    ["committed", "rate > 1"],
    ["errors", "count == 0"],
    ["retries", "count == 0"],
    ["dead_tuples", "value < 1"],
    ["wal_bytes", "value < 1"],
  ])("is not one on %s", (metric, expression) => {
    expect(isTime(threshold(metric, expression).metric.name)).toBe(false);
  });
});

describe("the latency of work without an end", () => {
  it("is judged with as long as it had lasted, and with as long as it had waited to start", () => {
    const recorder = new Recorder();
    recorder.record(finished({ latencyUs: 1000 }));
    recorder.censored("write", 40_000);
    recorder.neverStarted("write", 60_000);
    const tally = recorder.take();
    const seen = { ...measured(), whole: { lengthMs: 1000, tally, inTime: tally } };
    expect(judge("latency", "max < 50ms", seen)).toMatchObject({ actual: 60, judged: "fail" });
    // They are no transactions that ended in any way.
    expect(judge("committed", "count == 1", seen).ok).toBe(true);
    expect(judge("aborted", "count == 0", seen).ok).toBe(true);
  });
});

describe("a rate", () => {
  it("leaves out what finished after the end, which a count has", () => {
    const ended = tallyOf([1000, 1000]);
    const late = tallyOf([1000, 1000, 1000]);
    const whole = { lengthMs: 2000, tally: late, inTime: ended };
    const seen = { ...measured(), whole };
    expect(judge("committed", "rate == 1", seen).ok).toBe(true);
    expect(judge("committed", "count == 3", seen).ok).toBe(true);
    expect(judge("committed", "rate > 1", seen).ok).toBe(false);
  });
});

describe("windows", () => {
  const second = 1_000_000;
  const stretch = (name: "baseline" | "fault", latencyUs: readonly number[]) => {
    const tally = tallyOf(latencyUs);
    return { ...noEdges, name, lengthMs: 2000, tally, inTime: tally };
  };
  const twoFaults = (other: readonly number[]): Measurements => ({
    ...measured(),
    windows: [stretch("baseline", [second]), stretch("fault", [second]), stretch("fault", other)],
  });

  it("are judged by their own measurements and their own length", () => {
    const given = twoFaults([second]);
    expect(judge("latency{window:baseline}", "max == 1s", given).judged).toBe("pass");
    expect(judge("committed{window:baseline}", "rate == 0.5", given).judged).toBe("pass");
  });

  it("must hold in every window of the name; the gravest is told", () => {
    const failing = judge("latency{window:fault}", "max < 3s", twoFaults([5 * second]));
    expect(failing).toMatchObject({ judged: "fail", actual: 5 });
    expect(judge("latency{window:fault}", "max < 3s", twoFaults([])).judged).toBe("no-data");
    expect(judge("latency{window:fault}", "max < 3s", twoFaults([second])).judged).toBe("pass");
  });
});
