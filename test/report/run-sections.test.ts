import { describe, expect, it } from "vitest";
import { runSections } from "../../src/report/run-sections.ts";
import type { RunResult } from "../../src/run/result.ts";
import { loudRun, noLatency, quietRun } from "./run-result.ts";

const titles = {
  latency: "Latency of committed transactions, by operation",
  windows: "Windows around each fault",
  faults: "Faults",
  server: "What the server saw",
  locks: "Who waited for whom",
  thresholds: "Thresholds",
  invariants: "Invariants",
  generator: "The generator",
};

function section(run: RunResult, name: keyof typeof titles) {
  const found = runSections(run).find(({ title }) => title === titles[name]);
  if (found === undefined) throw new Error(`no section on ${name}`);
  return found;
}

describe("the sections of a report", () => {
  it("are all there if all have something to say", () => {
    expect(runSections(loudRun).map(({ title }) => title)).toEqual(Object.values(titles));
  });

  it("are left out where there is nothing to say", () => {
    const { latency, server, generator } = titles;
    expect(runSections(quietRun).map(({ title }) => title)).toEqual([latency, server, generator]);
  });

  it("have cells for each heading", () => {
    for (const { heading, rows } of runSections(loudRun)) {
      for (const row of rows) expect(row).toHaveLength(heading.length);
    }
  });
});

describe("the section on latency", () => {
  it("has a row an operation", () => {
    const { heading, rows } = section(quietRun, "latency");
    const names = "operation count /s mean p50 p90 p95 p99 p99.9 max failed".split(" ");
    expect(heading).toEqual(names);
    expect(rows).toEqual([
      [
        ...["replace-references", "12 345", "617", "12.3 ms", "850 us", "20 ms", "30 ms"],
        ...["1.25 s", "–", "2 s", "0"],
      ],
    ]);
  });

  it("says nothing of what did not happen", () => {
    expect(section(quietRun, "latency").remarks).toEqual([]);
  });

  it("tells waiting for a connection, errors, unknown outcomes, dropped work and reconnects", () => {
    expect(section(loudRun, "latency").remarks).toEqual([
      "Of it, waiting for a connection: mean 150 ms, p50 850 us, p99 1.25 s.",
      "Errors: 40001 × 1 501 (could not serialize access due to concurrent update), 55P03 × 2; " +
        "1 500 retries.",
      "1 transaction with an unknown outcome: the connection went during COMMIT.",
      "4 transactions still under way at the end, and dropped.",
      "7 reconnects, 3.5 s of session time lost.",
      "2 sessions gave up: there was no connection to be had any more.",
    ]);
  });

  it("says how many ended too late for any rate", () => {
    const transactions = { ...quietRun.transactions, late: 98 };
    expect(section({ ...quietRun, transactions }, "latency").remarks).toEqual([
      "98 of them ended after the measured time, and count in no rate.",
    ]);
  });
});

describe("the sections on faults", () => {
  it("show the windows", () => {
    expect(section(loudRun, "windows").rows).toEqual([
      ["baseline of pool-limit", "0 s", "10 s", "101", "12.3 ms", "850 us", "1.25 s", "5 ms"],
      ["fault of pool-limit", "10 s", "20 s", "101", "12.3 ms", "850 us", "1.25 s", "5 ms"],
    ]);
  });

  it("say of each whether it took effect and was undone, and which windows it lacks", () => {
    expect(section(loudRun, "faults").remarks).toEqual([
      "pool-limit:max=6@10s: took effect, undone. at most 6 busy sessions (no recovery window).",
      "autovacuum-pause: NOT PROVEN to have taken effect, NOT UNDONE: item still has " +
        "autovacuum_enabled=false. 3 vacuums in the fault (no baseline and no recovery window).",
    ]);
  });

  it("do not take an untold effect for one", () => {
    const faults = loudRun.faults.map((fault) => ({ ...fault, effective: null }));
    for (const remark of section({ ...loudRun, faults }, "faults").remarks) {
      expect(remark).toContain("NOT PROVEN");
    }
  });
});

describe("the section on the server", () => {
  it("tells its sessions, what they waited for, and the cost of a transaction", () => {
    expect(section(loudRun, "server").remarks).toEqual([
      "100 connections used; busy sessions 5.5 (at most 6), of these active 4 (at most 6), " +
        "idle in transaction 1.5 (at most 3).",
      "Busy sessions were: Lock:transactionid 75 %, running 25 %.",
      "Per committed transaction: 50 KB WAL, 50 dead rows, 2 580 buffers hit, 6 read.",
    ]);
  });

  it("has dashes for what could not be read", () => {
    const serverPerTransaction = {
      walBytes: null,
      deadTuples: null,
      buffersHit: null,
      buffersRead: null,
    };
    const { remarks } = section({ ...quietRun, serverPerTransaction }, "server");
    expect(remarks).toContain(
      "Per committed transaction: – WAL, – dead rows, – buffers hit, – read.",
    );
  });

  it("shows the most frequent of who waited for whom, and deadlocks", () => {
    const { rows, remarks } = section(loudRun, "locks");
    expect(rows).toHaveLength(8);
    expect(rows[0]).toEqual(["replace-references", "blocker-0", "ShareLock", "unknown", "9"]);
    expect(remarks).toEqual(["The server broke 2 deadlocks."]);
  });

  it("does not count deadlocks that could not be read", () => {
    const locks = { ...loudRun.locks, deadlocks: null };
    expect(section({ ...loudRun, locks }, "locks").remarks).toEqual([]);
  });
});

describe("the sections on what was judged", () => {
  it("have each threshold with what it was, if that can be told", () => {
    expect(section(loudRun, "thresholds").rows).toEqual([
      ["latency: max < 1s", "2s", "fail"],
      ["latency: p(99.9) < 1s", "–", "unknown"],
    ]);
  });

  it("have each invariant", () => {
    expect(section(loudRun, "invariants").remarks).toEqual([
      "no-doubles: BROKEN. 3 rows",
      "no-orphans: holds. Every row has a parent.",
    ]);
  });
});

describe("the section on the generator", () => {
  it("tells what it used, and what observing cost", () => {
    expect(section(quietRun, "generator").remarks).toEqual([
      "22.2 % of one core, 400 us a transaction; event loop late by 35 ms at p99; 100 MB of memory.",
      "Observing cost 30 ms of the server's CPU a second; 80 samples, 0 missed.",
    ]);
  });

  it("tells the observers' time where the server's CPU cannot be read", () => {
    const observer = { ...quietRun.observer, cpuUsPerSecond: null };
    const generator = { ...quietRun.generator, cpuUsPerTransaction: null };
    const operations = { ping: { ...quietRun.operations["replace-references"]!, count: 0 } };
    const run = { ...quietRun, observer, generator, operations };
    expect(section(run, "generator").remarks).toEqual([
      expect.stringContaining("one core, – a transaction"),
      expect.stringContaining("Observing cost 90 ms of the observers' time a second"),
    ]);
  });

  it("has nothing to say of waiting where nobody waited", () => {
    const concurrency = { ...quietRun.concurrency, poolWaitUs: { ...noLatency, mean: 999 } };
    expect(section({ ...quietRun, concurrency }, "latency").remarks).toEqual([]);
  });
});
