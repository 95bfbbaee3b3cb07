import { decodeHistogram } from "../../src/metrics/exchange-format.ts";
import { describe, expect, it } from "vitest";
import { Histogram } from "../../src/metrics/histogram.ts";
import { latencySummary } from "../../src/metrics/latency.ts";
import { Recorder } from "../../src/metrics/recorder.ts";
import {
  gatesSummary,
  operationsSummary,
  poolWaitSummary,
  statementsSummary,
  transactionsSummary,
  windowSummary,
} from "../../src/metrics/summary.ts";
import { Tally } from "../../src/metrics/tally.ts";
import { aborted, finished, unknown } from "./transactions.ts";

const noLatency = {
  mean: null,
  p50: null,
  p90: null,
  p95: null,
  p99: null,
  p99_9: null,
  max: null,
};

function recorded(): Tally {
  const recorder = new Recorder();
  for (let us = 1; us <= 1000; us++) {
    recorder.record(finished({ latencyUs: us, serviceUs: us, poolWaitUs: 0 }));
  }
  recorder.record(finished({ operation: "read", outcome: aborted, poolWaitUs: 5000 }));
  recorder.record(finished({ operation: "read", outcome: unknown, queueWaitUs: 700 }));
  recorder.record(finished({ attempts: 3, failures: ["40P01", "40001"], latencyUs: 2000 }));
  recorder.censored("read", 10);
  recorder.recordStatement("update", 30);
  recorder.recordStatement("select", 10);
  recorder.neverStarted("read", 20);
  return recorder.take();
}

describe("latencySummary", () => {
  it("is all null for an empty histogram", () => {
    expect(latencySummary(new Histogram())).toEqual(noLatency);
  });

  it("leaves out each percentile that the sample cannot support", () => {
    const histogram = new Histogram();
    for (let us = 1; us <= 200; us++) histogram.record(us);
    expect(latencySummary(histogram)).toEqual({
      mean: 101,
      p50: 100,
      p90: 180,
      p95: 190,
      p99: null,
      p99_9: null,
      max: 200,
    });
  });
});

describe("operationsSummary", () => {
  it("tells committed from failed work, by operation and in the order of names", () => {
    const operations = operationsSummary(recorded(), { tally: recorded(), lengthMs: 4000 });
    expect(Object.keys(operations)).toEqual(["read", "write"]);
    expect(operations.write).toMatchObject({
      count: 1001,
      perSecond: 250.25,
      censored: 0,
      clipped: 0,
      latencyUs: { p50: 501, p99: 991, max: 2000 },
      neverStarted: 0,
      queueWaitUs: noLatency,
      failed: { count: 0, latencyUs: noLatency },
      errors: { "40001": 1, "40P01": 1 },
      errorMessages: { "40001": "message of 40001", "40P01": "message of 40P01" },
    });
    expect(decodeHistogram(operations.write!.histogram).count).toBe(1001);
    expect(operations.read).toMatchObject({
      count: 0,
      censored: 2,
      neverStarted: 1,
      latencyUs: { ...noLatency, mean: 15, max: 20 },
      serviceUs: noLatency,
      queueWaitUs: { ...noLatency, mean: 700, max: 700 },
      failed: { count: 2, latencyUs: { mean: 1000, max: 1000 } },
      errors: { "40001": 1, "57P01": 1 },
    });
  });
});

describe("attempts", () => {
  it("are counted and timed beside what came of them", () => {
    const tally = new Recorder();
    const failures = ["40001", "40001"];
    tally.record(finished({ firstAttemptUs: 100 }));
    tally.record(finished({ attempts: 3, failures, firstAttemptUs: 300, wastedUs: 500 }));
    tally.record(finished({ outcome: aborted, firstAttemptUs: 200, wastedUs: 200 }));
    const taken = tally.take();
    const { write } = operationsSummary(taken, { tally: taken, lengthMs: 2_000 });
    expect(write?.perSecond).toBe(1);
    expect(write?.attempts).toMatchObject({ count: 5, failed: 3, perSecond: 2.5, wastedUs: 700 });
    expect(write?.attempts.firstUs).toMatchObject({ mean: 200, max: 300 });
    expect(write?.attempts.toSuccessUs).toMatchObject({ max: 1000 });
  });
});

describe("transactionsSummary", () => {
  it("counts outcomes and retries; its rate is that of committed work", () => {
    const inTime = { tally: recorded(), lengthMs: 4000 };
    expect(transactionsSummary(recorded(), inTime)).toEqual({
      committed: 1001,
      aborted: 1,
      unknown: 1,
      retries: 2,
      late: 0,
      perSecond: 250.25,
      // Of all operations, and of work without an end with as long as it had lasted.
      latencyUs: { mean: 501, p50: 500, p90: 901, p95: 951, p99: 991, p99_9: null, max: 2000 },
    });
  });

  it("counts what ended late, in no rate", () => {
    const summary = transactionsSummary(recorded(), { tally: new Tally(), lengthMs: 4000 });
    expect(summary).toMatchObject({ committed: 1001, late: 1001, perSecond: 0 });
  });

  it("has a rate of 0 where no time passed", () => {
    const inTime = { tally: recorded(), lengthMs: 0 };
    expect(transactionsSummary(recorded(), inTime).perSecond).toBe(0);
  });
});

describe("windowSummary", () => {
  it("has its own length as the base of its rate", () => {
    const window = { name: "fault", fault: "pool-limit", startMs: 1000, endMs: 3000 } as const;
    expect(windowSummary(window, recorded(), recorded())).toMatchObject({
      ...window,
      perSecond: 500.5,
      latencyUs: { max: 2000 },
      poolWaitUs: { max: 5000 },
    });
  });
});

describe("the other parts", () => {
  it("tell the wait for a connection of all work, failed work included", () => {
    expect(poolWaitSummary(recorded()).max).toBe(5000);
    expect(poolWaitSummary(new Tally())).toEqual(noLatency);
  });

  it("tell statements in the order of their names", () => {
    const statements = statementsSummary(recorded());
    expect(Object.keys(statements)).toEqual(["select", "update"]);
    expect(statements.update).toMatchObject({ count: 1, serviceUs: { mean: 30 } });
  });
});

describe("gatesSummary", () => {
  it("has a gate's visits, waits and holds, in the order of names, and nothing without a service", () => {
    const recorder = new Recorder();
    const lock = { name: "lock", capacity: 1 };
    recorder.gateQueue(lock, 6);
    for (let us = 1; us <= 200; us++) recorder.gateVisit(lock, { waitUs: 10 * us, holdUs: us });
    recorder.gateVisit({ name: "cores", capacity: 3 }, { waitUs: 0, holdUs: 9 });
    expect(gatesSummary(recorder.take())).toEqual({
      cores: {
        capacity: 3,
        visits: 1,
        waitUs: { ...noLatency, mean: 0, max: 0 },
        holdUs: { ...noLatency, mean: 9, max: 9 },
        queueMax: 0,
      },
      lock: {
        capacity: 1,
        visits: 200,
        waitUs: { ...noLatency, mean: 1005, p50: 1000, p90: 1800, p95: 1900, max: 2000 },
        holdUs: { ...noLatency, mean: 101, p50: 100, p90: 180, p95: 190, max: 200 },
        queueMax: 6,
      },
    });
    expect(gatesSummary(new Tally())).toEqual({});
  });
});
