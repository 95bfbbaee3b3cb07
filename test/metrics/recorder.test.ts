import { describe, expect, it } from "vitest";
import { Recorder, type Segment } from "../../src/metrics/recorder.ts";
import { countOf, errorsOf, finishedOf, Tally } from "../../src/metrics/tally.ts";
import { aborted, finished, unknown } from "./transactions.ts";

const ignore = () => undefined;

function committedIn(tally: Tally): number {
  return tally.sum(countOf("committed"));
}

function recordTimes(recorder: Recorder, times: number): void {
  for (let count = 0; count < times; count++) recorder.record(finished());
}

describe("Recorder", () => {
  it("says at each tick what happened since the last one", () => {
    const recorder = new Recorder(ignore);
    for (let count = 0; count < 4; count++) recorder.started();
    recorder.record(finished({ latencyUs: 1000 }));
    recorder.record(finished({ latencyUs: 3000, attempts: 2, failures: ["40P01"] }));
    recorder.record(
      finished({ outcome: aborted, attempts: 3, failures: ["40001", "40001", "40001"] }),
    );
    recorder.record(finished({ outcome: unknown, latencyUs: 9_000_000 }));
    expect(recorder.tick(1000)).toEqual({
      startMs: 0,
      endMs: 1000,
      offered: 4,
      achieved: 4,
      committed: 2,
      aborted: 1,
      unknown: 1,
      retries: 3,
      errors: 5,
      latencyUs: {
        mean: 2000,
        p50: null,
        p90: null,
        p95: null,
        p99: null,
        p99_9: null,
        max: 3000,
      },
    });
    expect(recorder.tick(2000)).toMatchObject({
      startMs: 1000,
      endMs: 2000,
      offered: 0,
      achieved: 0,
      errors: 0,
      latencyUs: { mean: null, max: null },
    });
  });

  it("tells a tick what came before a cut, too", () => {
    const recorder = new Recorder(ignore);
    recordTimes(recorder, 2);
    recorder.cut(500);
    recordTimes(recorder, 3);
    expect(recorder.tick(1000)).toMatchObject({ startMs: 0, endMs: 1000, committed: 5 });
  });

  it("keeps failed work out of the latency of committed work", () => {
    const recorder = new Recorder(ignore);
    recorder.record(finished({ latencyUs: 1000 }));
    recorder.record(finished({ outcome: aborted, latencyUs: 50_000 }));
    recorder.record(finished({ outcome: unknown, latencyUs: 70_000 }));
    recorder.tick(1000);
    const write = recorder.totals.operation("write");
    expect(write.latency.committed.max).toBe(1000);
    expect(write.latency.aborted.max).toBe(50_000);
    expect(write.latency.unknown.max).toBe(70_000);
    expect([write.failed().count, write.failed().max]).toEqual([2, 70_000]);
    expect(write.service.count).toBe(1);
    expect(write.poolWait.count).toBe(3);
  });

  it("counts errors by code, retried or not, and by operation", () => {
    const recorder = new Recorder(ignore);
    recorder.record(finished({ attempts: 2, failures: ["40001"] }));
    recorder.record(finished({ outcome: aborted }));
    recorder.record(finished({ operation: "read", outcome: unknown }));
    recorder.tick(1000);
    const { totals } = recorder;
    expect(Object.fromEntries(totals.operation("write").errors)).toEqual({ "40001": 2 });
    expect(Object.fromEntries(totals.operation("read").errors)).toEqual({ "57P01": 1 });
    expect(totals.sum(errorsOf("40001"))).toBe(2);
    expect(totals.sum(errorsOf(null))).toBe(3);
    expect(totals.sum(errorsOf(null), "read")).toBe(1);
    expect(totals.sum(errorsOf("40001"), "read")).toBe(0);
  });

  it("keeps the first message of an operation and code, and no more of it than a report takes", () => {
    const recorder = new Recorder(ignore);
    for (const message of ["first", "second"]) {
      recorder.record({ ...finished(), failures: [{ code: "42P01", message }] });
      recorder.tick(1000);
    }
    const long = "x".repeat(1000);
    recorder.record({
      ...finished({ operation: "read" }),
      failures: [{ code: "42P01", message: "of another operation" }].concat({
        code: "22000",
        message: long,
      }),
    });
    recorder.cut(2000);
    const { totals } = recorder;
    expect(Object.fromEntries(totals.operation("write").errorMessages)).toEqual({
      "42P01": "first",
    });
    expect(Object.fromEntries(totals.operation("read").errorMessages)).toEqual({
      "42P01": "of another operation",
      "22000": long.slice(0, 300),
    });
    expect(recorder.window(0, 2000).firstMessageOf("42P01")).toBe("first");
    expect(totals.firstMessageOf("22000")).toBe(long.slice(0, 300));
    expect(totals.firstMessageOf("40001")).toBeNull();
  });

  it("tells the wait at the gate from that at the pool, and the longest time past the gate", () => {
    const recorder = new Recorder(ignore);
    recorder.record(finished({ latencyUs: 9000, poolWaitUs: 8000, gateWaitUs: 1000 }));
    recorder.record(finished({ latencyUs: 9000, poolWaitUs: 8000, gateWaitUs: 5000 }));
    recorder.tick(1000);
    recorder.record(finished({ outcome: aborted, latencyUs: 7500, gateWaitUs: 0 }));
    recorder.cut(2000);
    const write = recorder.totals.operation("write");
    expect([write.gateWait.count, write.gateWait.mean, write.gateWait.max]).toEqual([
      3, 2000, 5000,
    ]);
    expect(write.poolWait.max).toBe(8000);
    expect(write.insideMaxUs).toBe(8000);
    expect(recorder.window(0, 2000).operation("write").insideMaxUs).toBe(8000);
  });

  it("forgets the longest time past the gate with the interval that it was in", () => {
    const recorder = new Recorder(ignore);
    recorder.record(finished({ latencyUs: 8000 }));
    recorder.cut(1000);
    recorder.record(finished({ latencyUs: 2000 }));
    recorder.cut(2000);
    expect(recorder.window(1000, 2000).operation("write").insideMaxUs).toBe(2000);
  });

  it("counts what was still under way apart from all that finished", () => {
    const recorder = new Recorder(ignore);
    recorder.censored("write", 4_000_000);
    recorder.tick(1000);
    const write = recorder.totals.operation("write");
    expect([write.censored.count, write.censored.max]).toEqual([1, 4_000_000]);
    expect(recorder.totals.sum(finishedOf)).toBe(0);
    expect(write.poolWait.count).toBe(0);
  });

  it("keeps statements, think lag and lost connections apart from latency", () => {
    const recorder = new Recorder(ignore);
    recorder.record(finished({ thinkLagUs: 250 }));
    recorder.recordStatement("select-document", 40);
    recorder.recordStatement("select-document", 60);
    recorder.reconnectFailed("ECONNREFUSED");
    recorder.reconnected(1500);
    recorder.reconnected(500);
    recorder.sessionLost();
    recorder.tick(1000);
    recorder.sessionLost();
    recorder.tick(2000);
    const { totals } = recorder;
    expect(totals.statement("select-document").mean).toBe(50);
    expect(totals.thinkLag.max).toBe(250);
    expect([totals.reconnects, totals.reconnectLostUs]).toEqual([2, 2000]);
    expect(Object.fromEntries(totals.reconnectErrors)).toEqual({ ECONNREFUSED: 1 });
    expect(totals.sessionsLost).toBe(2);
  });

  it("hands over each interval once, and empties it for the next", () => {
    const seen: [number, number, number][] = [];
    const recorder = new Recorder(({ startMs, endMs, tally }: Segment) =>
      seen.push([startMs, endMs, committedIn(tally)]),
    );
    recordTimes(recorder, 2);
    recorder.tick(1000);
    recordTimes(recorder, 1);
    recorder.cut(1500);
    recorder.tick(2000);
    expect(seen).toEqual([
      [0, 1000, 2],
      [1000, 1500, 1],
      [1500, 2000, 0],
    ]);
    expect(committedIn(recorder.totals)).toBe(3);
  });

  it("hands over no interval of negative length when a tick comes late, after a cut", () => {
    const edges: number[][] = [];
    const recorder = new Recorder(({ startMs, endMs }) => edges.push([startMs, endMs]));
    recorder.cut(1000.25);
    recorder.tick(1000);
    recorder.tick(2000);
    expect(edges).toEqual([
      [0, 1000.25],
      [1000.25, 1000.25],
      [1000.25, 2000],
    ]);
  });
});

describe("windows", () => {
  function recorded(): Recorder {
    const recorder = new Recorder(ignore);
    recordTimes(recorder, 1);
    recorder.cut(1000);
    recordTimes(recorder, 10);
    recorder.tick(1500);
    recordTimes(recorder, 10);
    recorder.cut(2000);
    recordTimes(recorder, 300);
    recorder.cut(3000);
    return recorder;
  }

  it("are what lies between two cuts, across ticks and across cuts", () => {
    const recorder = recorded();
    expect(committedIn(recorder.window(0, 1000))).toBe(1);
    expect(committedIn(recorder.window(1000, 2000))).toBe(20);
    expect(committedIn(recorder.window(1000, 3000))).toBe(320);
    expect(committedIn(recorder.window(0, 3000))).toBe(committedIn(recorder.totals));
  });

  it.each([
    [0, 1500],
    [500, 2000],
    [2000, 4000],
    [2000, 1000],
  ])("from %i to %i are refused: there was no cut", (startMs, endMs) => {
    expect(() => recorded().window(startMs, endMs)).toThrow(RangeError);
  });

  it("ignore a cut before the measured time, and a second one at the same moment", () => {
    const recorder = new Recorder(ignore);
    recorder.cut(-500);
    recordTimes(recorder, 1);
    recorder.cut(1000);
    recorder.cut(1000);
    expect(committedIn(recorder.window(0, 1000))).toBe(1);
  });

  it("of no length are empty", () => {
    const recorder = new Recorder(ignore);
    recorder.cut(0);
    expect(committedIn(recorder.window(0, 0))).toBe(0);
  });

  it("can be asked for twice: asking changes nothing", () => {
    const recorder = recorded();
    recorder.window(1000, 3000);
    expect(committedIn(recorder.window(1000, 3000))).toBe(320);
    expect(committedIn(recorder.window(1000, 2000))).toBe(20);
  });
});

describe("Tally", () => {
  it("adds up to what one recorder would have seen of it all", () => {
    const recorders = [new Recorder(ignore), new Recorder(ignore)];
    const one = new Recorder(ignore);
    const work = [
      finished(),
      finished({ operation: "read", latencyUs: 20 }),
      finished({ outcome: aborted, attempts: 2, failures: ["40001", "40001"] }),
      finished({ operation: "read", outcome: unknown, thinkLagUs: 9 }),
    ];
    work.forEach((transaction, index) => {
      for (const recorder of [one, recorders[index % 2]!]) {
        recorder.started();
        recorder.record(transaction);
        recorder.recordStatement("select", index);
        recorder.censored("read", index);
        recorder.reconnected(index);
        recorder.reconnectFailed("57P03");
        recorder.sessionLost();
      }
    });
    const sum = new Tally();
    for (const recorder of [...recorders, one]) recorder.cut(1000);
    for (const recorder of recorders) sum.add(recorder.totals);
    expect(flat(sum)).toEqual(flat(one.totals));
  });
});

/** Everything in a tally, in an order of its own. */
function flat(tally: Tally): unknown {
  const operations = [...tally.operations].sort(([one], [other]) => (one < other ? -1 : 1));
  return {
    started: tally.started,
    reconnects: [tally.reconnects, tally.reconnectLostUs, [...tally.reconnectErrors]],
    sessionsLost: tally.sessionsLost,
    thinkLag: tally.thinkLag.encode(),
    statements: [...tally.statements].map(([name, histogram]) => [name, histogram.encode()]),
    operations: operations.map(([name, operation]) => [
      name,
      Object.values(operation.latency).map((histogram) => histogram.encode()),
      [operation.service, operation.poolWait, operation.gateWait, operation.censored].map((one) =>
        one.encode(),
      ),
      operation.insideMaxUs,
      [...operation.errors],
      [...operation.errorMessages],
      operation.retries,
    ]),
  };
}
