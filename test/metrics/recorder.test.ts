import { encodeHistogram } from "../../src/metrics/exchange-format.ts";
import { describe, expect, it } from "vitest";
import { Recorder } from "../../src/metrics/recorder.ts";
import { Tally } from "../../src/metrics/tally.ts";
import { countOf, errorsOf, finishedOf } from "../../src/metrics/operation-tally.ts";
import { aborted, finished, unknown } from "./transactions.ts";

function committedIn(tally: Tally): number {
  return tally.sum(countOf("committed"));
}

/** What a recorder has taken down. */
function recorded(fill: (recorder: Recorder) => void): Tally {
  const recorder = new Recorder();
  fill(recorder);
  return recorder.take();
}

describe("Recorder", () => {
  it("keeps failed work out of the latency of committed work", () => {
    const write = recorded((recorder) => {
      recorder.record(finished({ latencyUs: 1000 }));
      recorder.record(finished({ outcome: aborted, latencyUs: 50_000 }));
      recorder.record(finished({ outcome: unknown, latencyUs: 70_000 }));
    }).operation("write");
    expect(write.latency.committed.max).toBe(1000);
    expect(write.latency.aborted.max).toBe(50_000);
    expect(write.latency.unknown.max).toBe(70_000);
    expect([write.failed().count, write.failed().max]).toEqual([2, 70_000]);
    expect(write.service.count).toBe(1);
    expect(write.poolWait.count).toBe(3);
  });

  it("counts errors by code, retried or not, and by operation", () => {
    const tally = recorded((recorder) => {
      recorder.record(finished({ attempts: 2, failures: ["40001"] }));
      recorder.record(finished({ outcome: aborted }));
      recorder.record(finished({ operation: "read", outcome: unknown }));
    });
    expect(Object.fromEntries(tally.operation("write").errors)).toEqual({ "40001": 2 });
    expect(Object.fromEntries(tally.operation("read").errors)).toEqual({ "57P01": 1 });
    expect(tally.sum(errorsOf("40001"))).toBe(2);
    expect(tally.sum(errorsOf(null))).toBe(3);
    expect(tally.sum(errorsOf(null), "read")).toBe(1);
    expect(tally.sum(errorsOf("40001"), "read")).toBe(0);
  });

  it("keeps the first message of an operation and code, and no more of it than a report takes", () => {
    const long = "x".repeat(1000);
    const tally = recorded((recorder) => {
      for (const message of ["first", "second"]) {
        recorder.record({ ...finished(), failures: [{ code: "42P01", message }] });
      }
      const failures = [
        { code: "42P01", message: "of another operation" },
        { code: "22000", message: long },
      ];
      recorder.record({ ...finished({ operation: "read" }), failures });
    });
    expect(Object.fromEntries(tally.operation("write").errorMessages)).toEqual({
      "42P01": "first",
    });
    expect(Object.fromEntries(tally.operation("read").errorMessages)).toEqual({
      "42P01": "of another operation",
      "22000": long.slice(0, 300),
    });
    expect(tally.firstMessageOf("42P01")).toBe("first");
    expect(tally.firstMessageOf("22000")).toBe(long.slice(0, 300));
    expect(tally.firstMessageOf("40001")).toBeNull();
  });

  it("tells the wait at the gate from that at the pool, and the longest time past the gate", () => {
    const write = recorded((recorder) => {
      recorder.record(finished({ latencyUs: 9000, poolWaitUs: 8000, gateWaitUs: 1000 }));
      recorder.record(finished({ latencyUs: 9000, poolWaitUs: 8000, gateWaitUs: 5000 }));
      recorder.record(finished({ outcome: aborted, poolWaitUs: 100, gateWaitUs: 0 }));
    }).operation("write");
    expect([write.gateWait.count, write.gateWait.mean, write.gateWait.max]).toEqual([
      3, 2000, 5000,
    ]);
    expect(write.poolWait.max).toBe(8000);
    // 900 us of service, and 8 000 of the wait less 1 000 at the gate.
    expect(write.insideMaxUs).toBe(7900);
  });

  it("does not count the wait for a free session as time past the gate", () => {
    const write = recorded((recorder) =>
      recorder.record(finished({ latencyUs: 9_001_000, queueWaitUs: 9_000_000 })),
    ).operation("write");
    expect(write.insideMaxUs).toBe(1000);
    expect(write.queueWait.max).toBe(9_000_000);
  });

  it("has no wait for a free session where there was nothing planned to wait for", () => {
    const tally = recorded((recorder) => {
      recorder.record(finished({ queueWaitUs: null }));
      recorder.record(finished({ operation: "read", queueWaitUs: 0 }));
    });
    expect(tally.operation("write").queueWait.count).toBe(0);
    expect(tally.operation("read").queueWait.count).toBe(1);
  });

  it("counts what was still under way apart from all that finished", () => {
    const tally = recorded((recorder) => recorder.censored("write", 4_000_000));
    const write = tally.operation("write");
    expect([write.censored.count, write.censored.max]).toEqual([1, 4_000_000]);
    expect(write.neverStarted).toBe(0);
    expect(tally.sum(finishedOf)).toBe(0);
    expect(write.poolWait.count).toBe(0);
  });

  it("counts an arrival that never started as work without an end, and as what it is", () => {
    const write = recorded((recorder) => {
      recorder.record(finished({ latencyUs: 1000 }));
      recorder.censored("write", 4000);
      recorder.neverStarted("write", 9000);
    }).operation("write");
    expect([write.censored.count, write.neverStarted]).toEqual([2, 1]);
    const told = write.latencyToTell();
    expect([told.count, told.min, told.max]).toEqual([3, 1000, 9000]);
    expect(write.latency.committed.max).toBe(1000);
  });

  it("keeps statements, schedule lag and lost connections apart from latency", () => {
    const tally = recorded((recorder) => {
      recorder.scheduleLag(250, 40);
      recorder.recordStatement("select-document", 40);
      recorder.recordStatement("select-document", 60);
      recorder.reconnectFailed("ECONNREFUSED");
      recorder.reconnected(1500);
      recorder.reconnected(500);
      recorder.sessionLost();
      recorder.sessionLost();
    });
    expect(tally.statement("select-document").mean).toBe(50);
    expect([tally.scheduleLag.max, tally.heardLag.max]).toEqual([250, 40]);
    expect([tally.reconnects, tally.reconnectLostUs]).toEqual([2, 2000]);
    expect(Object.fromEntries(tally.reconnectErrors)).toEqual({ ECONNREFUSED: 1 });
    expect(tally.sessionsLost).toBe(2);
    expect(tally.operations.size).toBe(0);
  });
});

describe("a recorder of a modelled service", () => {
  const lock = { name: "lock", capacity: 1 };

  it("keeps waits and holds of each gate apart, and the longest of its queues", () => {
    const tally = recorded((recorder) => {
      for (const length of [1, 3, 2]) recorder.gateQueue(lock, length);
      recorder.gateVisit(lock, { waitUs: 0, holdUs: 20_000 });
      recorder.gateVisit(lock, { waitUs: 500, holdUs: 30_000 });
      recorder.gateVisit({ name: "cores", capacity: 3 }, { waitUs: 7, holdUs: 8 });
    });
    const { capacity, wait, hold, queueMax } = tally.gate(lock);
    expect({ capacity, queueMax }).toEqual({ capacity: 1, queueMax: 3 });
    expect([wait.count, wait.max, hold.count, hold.mean]).toEqual([2, 500, 2, 25_000]);
    expect([...tally.gates.keys()]).toEqual(["lock", "cores"]);
  });

  it("adds up over stretches of a run; the longest queue is that of one of them", () => {
    const sum = new Tally();
    for (const length of [2, 5, 4]) {
      sum.add(
        recorded((recorder) => {
          recorder.gateQueue(lock, length);
          recorder.gateVisit(lock, { waitUs: length, holdUs: 10 });
        }),
      );
    }
    const { capacity, wait, hold, queueMax } = sum.gate(lock);
    expect({ capacity, queueMax }).toEqual({ capacity: 1, queueMax: 5 });
    expect([wait.count, wait.max, hold.count]).toEqual([3, 5, 3]);
  });
});

describe("what is taken from a recorder", () => {
  it("is what was reported since the last time, once", () => {
    const recorder = new Recorder();
    recorder.started();
    recorder.record(finished());
    recorder.record(finished());
    const first = recorder.take();
    expect([first.started, committedIn(first)]).toEqual([1, 2]);
    recorder.record(finished());
    expect(committedIn(recorder.take())).toBe(1);
    expect(committedIn(recorder.take())).toBe(0);
  });

  it.each([63, 64, 65, 200])("is all of %i transactions, however many are put off", (count) => {
    const recorder = new Recorder();
    for (let number = 0; number < count; number++) recorder.record(finished());
    expect(committedIn(recorder.take())).toBe(count);
    expect(committedIn(recorder.take())).toBe(0);
  });

  it("stays as it is while more is reported, until the next time", () => {
    const recorder = new Recorder();
    recorder.record(finished());
    const taken = recorder.take();
    for (let count = 0; count < 3; count++) recorder.record(finished());
    recorder.sessionLost();
    expect([committedIn(taken), taken.sessionsLost]).toEqual([1, 0]);
  });

  it("forgets everything of the interval before", () => {
    const recorder = new Recorder();
    const everything = () => {
      recorder.started();
      recorder.record(finished({ outcome: aborted, queueWaitUs: 5, failures: ["40001"] }));
      recorder.recordStatement("select", 7);
      recorder.gateQueue({ name: "lock", capacity: 1 }, 2);
      recorder.gateVisit({ name: "lock", capacity: 1 }, { waitUs: 4, holdUs: 6 });
      recorder.scheduleLag(3, 1);
      recorder.neverStarted("write", 9);
      recorder.reconnected(2);
      recorder.reconnectFailed("57P03");
      recorder.sessionLost();
    };
    everything();
    const once = flat(recorder.take());
    everything();
    expect(flat(recorder.take())).toEqual(once);
    recorder.take();
    const empty = new Tally();
    empty.operation("write");
    empty.statement("select");
    empty.gate({ name: "lock", capacity: 1 });
    expect(flat(recorder.take())).toEqual(flat(empty));
  });
});

describe("Tally", () => {
  it("adds up to what one recorder would have seen of it all", () => {
    const recorders = [new Recorder(), new Recorder()];
    const one = new Recorder();
    const work = [
      finished(),
      finished({ operation: "read", latencyUs: 20, queueWaitUs: 15 }),
      finished({ outcome: aborted, attempts: 2, failures: ["40001", "40001"] }),
      finished({ operation: "read", outcome: unknown, queueWaitUs: 9 }),
    ];
    work.forEach((transaction, index) => {
      for (const recorder of [one, recorders[index % 2]!]) {
        recorder.started();
        recorder.record(transaction);
        recorder.recordStatement("select", index);
        recorder.scheduleLag(2 * index, index);
        recorder.censored("read", index);
        recorder.neverStarted("write", index);
        recorder.reconnected(index);
        recorder.reconnectFailed("57P03");
        recorder.sessionLost();
      }
    });
    const sum = new Tally();
    for (const recorder of recorders) sum.add(recorder.take());
    expect(flat(sum)).toEqual(flat(one.take()));
  });
});

/** Everything in a tally, in an order of its own. */
function flat(tally: Tally) {
  const operations = [...tally.operations].sort(([one], [other]) => (one < other ? -1 : 1));
  return {
    started: tally.started,
    reconnects: [tally.reconnects, tally.reconnectLostUs, [...tally.reconnectErrors]],
    sessionsLost: tally.sessionsLost,
    scheduleLag: encodeHistogram(tally.scheduleLag),
    heardLag: encodeHistogram(tally.heardLag),
    statements: [...tally.statements].map(([name, histogram]) => [
      name,
      encodeHistogram(histogram),
    ]),
    operations: operations.map(([name, operation]) => {
      const { service, poolWait, gateWait, queueWait, censored } = operation;
      return [
        name,
        Object.values(operation.latency).map((histogram) => encodeHistogram(histogram)),
        [service, poolWait, gateWait, queueWait, censored].map((one) => encodeHistogram(one)),
        [operation.insideMaxUs, operation.neverStarted, operation.retries],
        [...operation.errors],
        [...operation.errorMessages],
      ];
    }),
  };
}
