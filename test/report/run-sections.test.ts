import { describe, expect, it } from "vitest";
import { paceRemarks } from "../../src/report/pace-remarks.ts";
import { runSections } from "../../src/report/run-sections.ts";
import type { RunResult } from "../../src/run/result.ts";
import { openRun } from "./open-run.ts";
import { noLatency } from "./latencies.ts";
import { loudRun } from "./loud-run.ts";
import { operation, quietRun } from "./run-result.ts";

const titles = {
  latency: "Latency of committed transactions, by operation",
  stages: "Stages of the modelled service, fullest first",
  windows: "Windows around each fault",
  impact: "Before, during and after each fault",
  faults: "Faults",
  server: "What the server saw",
  activity: "Where the server's work went",
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

  it("says of what did not happen nothing, but what its loop shows and whether it was steady", () => {
    expect(section(quietRun, "latency").remarks).toEqual([...paceRemarks(quietRun)]);
    expect(paceRemarks(quietRun)).toHaveLength(2);
  });

  it("tells waiting for a connection, errors, unknown outcomes, dropped work and reconnects", () => {
    expect(section(loudRun, "latency").remarks).toEqual([
      "Of it, waiting for a connection: mean 150 ms, p50 850 us, p99 1.25 s.",
      ...paceRemarks(loudRun),
      "Errors: 40001 × 1 501 (could not serialize access due to concurrent update), 55P03 × 2; " +
        "1 500 retries.",
      "1 transaction with an unknown outcome: the connection went during COMMIT.",
      "4 transactions had no end within the run: the latencies have them as if they had ended with it.",
      "7 reconnects, 3.5 s of session time lost.",
      "2 sessions gave up: there was no connection to be had any more.",
    ]);
  });

  it("has nothing to say of waiting where nobody waited", () => {
    const concurrency = { ...quietRun.concurrency, poolWaitUs: { ...noLatency, mean: 999 } };
    expect(section({ ...quietRun, concurrency }, "latency").remarks.join()).not.toContain(
      "waiting for a connection",
    );
  });

  it("says of arrivals that never started that they had no end either", () => {
    const { offered } = openRun;
    if (offered === null) throw new Error("no open loop");
    const operations = { ping: { ...operation, censored: 5, neverStarted: 3 } };
    const run = { ...openRun, operations, offered: { ...offered, neverStarted: 3 } };
    expect(section(run, "latency").remarks).toContain(
      "5 transactions had no end within the run (3 never started): the latencies have them as if they had ended with it.",
    );
  });

  it("says how many ended too late for any rate", () => {
    const transactions = { ...quietRun.transactions, late: 98 };
    expect(section({ ...quietRun, transactions }, "latency").remarks).toEqual([
      "98 of them ended after the measured time, and count in no rate.",
      ...paceRemarks(quietRun),
    ]);
  });
});

describe("what retries cost", () => {
  it("is told of an operation that had some, in one line", () => {
    const attempts = {
      ...operation.attempts,
      count: 13_000,
      failed: 655,
      perSecond: 650,
      wastedUs: 4_200_000,
    };
    const run = { ...quietRun, operations: { "replace-references": { ...operation, attempts } } };
    expect(section(run, "latency").remarks.at(-1)).toBe(
      "Retries of replace-references: 655 of 13 000 attempts failed, 4.2 s of session time wasted; " +
        "650 attempted and 617 committed a second; first attempt mean 12.3 ms, p99 1.25 s, " +
        "to success mean 12.3 ms, p99 1.25 s.",
    );
  });
});

describe("the ledger", () => {
  const ledger = {
    rows: 8_414,
    acknowledged: 8_412,
    lost: 0,
    doubled: 0,
    refusedButThere: 0,
    unplanned: 0,
    unknown: { committed: 2, rolledBack: 1 },
  };
  const said = (given: Partial<typeof ledger>) =>
    section({ ...quietRun, ledger: { ...ledger, ...given } }, "invariants").remarks;

  it("is told with what became of the unknown ones", () => {
    expect(said({})).toEqual([
      "Ledger: 8 412 acknowledged, none lost; 3 unknown: 2 committed, 1 rolled back.",
    ]);
  });

  it("tells what was lost, and where it has nothing to tell", () => {
    const none = { unknown: { committed: 0, rolledBack: 0 } };
    expect(said({ lost: 1_200, ...none })).toEqual(["Ledger: 8 412 acknowledged, 1 200 lost."]);
    expect(said({ rows: 0, acknowledged: 0 })).toEqual([
      "Ledger: nothing was written, so nothing was shown.",
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

  it("say after it what it left to be repaid", () => {
    const debt = {
      ...{ unit: "dead rows", before: 10, atRelease: 500, left: 12, isKnown: true },
      ...{ repaidAfterMs: 2_000, watchedMs: 2_000 },
      cost: { autovacuums: 1, walBytes: null, checkpointsRequested: null },
    };
    const [first, ...others] = loudRun.faults;
    if (first === undefined) throw new Error("no fault");
    const faults = [{ ...first, debt }, ...others];
    const { remarks } = section({ ...loudRun, faults }, "faults");
    expect(remarks).toHaveLength(3);
    expect(remarks[1]).toBe(
      "pool-limit:max=6@10s: left 500 dead rows (10 before), repaid after 2 s; " +
        "the server's work meanwhile: 1 autovacuum.",
    );
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
      ...quietRun.serverPerTransaction,
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

  it("says why dead rows are not known, where all else is", () => {
    const serverPerTransaction = { ...quietRun.serverPerTransaction, deadTuples: null };
    expect(section({ ...quietRun, serverPerTransaction }, "server").remarks.join()).toMatch(
      /WAL, dead rows not known \(a table was dropped or made anew meanwhile/,
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

  it("say in which part of the run one was judged, where that is not all of it", () => {
    expect(section(loudRun, "thresholds").remarks).toEqual([
      "latency: p(99.9) < 1s: judged in the baseline: crash may end transactions on purpose.",
    ]);
  });

  it("say of times in an overloaded run that they were not compared", () => {
    const [first] = loudRun.thresholds;
    if (first === undefined) throw new Error("no threshold");
    const thresholds = [{ ...first, actual: null, judged: "not-compared", problem: "" } as const];
    expect(section({ ...loudRun, thresholds }, "thresholds").rows).toEqual([
      ["latency: max < 1s", "–", "not-compared"],
    ]);
  });

  it("have each invariant", () => {
    expect(section(loudRun, "invariants").remarks).toEqual([
      "no-doubles: BROKEN. 3 rows",
      "no-orphans: holds. Every row has a parent.",
    ]);
  });
});
