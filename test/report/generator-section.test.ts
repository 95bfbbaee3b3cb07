import { describe, expect, it } from "vitest";
import { generatorSection } from "../../src/report/generator-section.ts";
import { contentHtml } from "../../src/report/page/section-html.ts";
import { namedSections } from "../../src/report/run-sections.ts";
import { summaryMarkdown } from "../../src/report/summary-markdown.ts";
import type { RunResult } from "../../src/run/result.ts";
import { noLatency } from "./latencies.ts";
import { loudRun } from "./loud-run.ts";
import { quietRun } from "./run-result.ts";

type Generator = RunResult["generator"];

/** The one remark of a run that begins so. */
function remark(run: RunResult, beginning: string): string {
  const found = generatorSection(run).remarks.filter((one) => one.startsWith(beginning));
  if (found.length !== 1) throw new Error(`${found.length} remarks begin with ${beginning}`);
  return found[0]!;
}

function withGenerator(given: Partial<Generator>): RunResult {
  return { ...quietRun, generator: { ...quietRun.generator, ...given } };
}

function late(given: Partial<Generator>): string {
  return remark(withGenerator(given), "Event loop");
}

describe("the section on the generator", () => {
  it("tells of a quiet run what it used and suffered, and how far it can be trusted", () => {
    expect(generatorSection(quietRun)).toEqual({
      title: "The generator",
      heading: [],
      rows: [],
      remarks: [
        "Engine pg: Node.js 20.0.0; driver lean, on pg 8.0.0; protocol extended, named prepared statements; clock performance.now().",
        "22.2 % of one core, 400 us a transaction; 100 MB of memory; 12 pauses for garbage collection, 20.5 ms in all, at most 4.1 ms.",
        "Event loop late by 35 ms at p99; without what waiting for a core explains, by 1.2 ms at p99.",
        "Observing cost 30 ms of the server's CPU a second; 80 samples, 0 missed.",
        "Cross-check: the server ended 14 206 transactions and loadgen counted 14 200, warm-up, retries and connecting included: they agree (tolerance 142).",
        "This machine's own ceiling is not known: loadgen calibrate measures it.",
      ],
    });
  });

  it("tells of a loud run everything that was wrong with it", () => {
    expect(generatorSection(loudRun).remarks).toEqual([
      expect.stringContaining("Engine pg"),
      expect.stringContaining("2 threads, each 20 to 93.4 % of one core, 400 us a transaction"),
      "Event loop late by 35 ms at p99; without what waiting for a core explains, by 1.2 ms at p99; transactions started late by 1.25 s at p99.",
      "Host: 1.93 of 2 cores busy: server 1.55, generator 0.21, others 0.17.",
      "Co-located: the server, which runs on this machine, or something else here took the CPU, and the generator waited 12.5 % of the time for a core.",
      expect.stringContaining("Observing cost"),
      "Cross-check: the server ended 12 345 transactions and loadgen counted 14 200, warm-up, retries and connecting included: they DIFFER (tolerance 142).",
      expect.stringContaining("own ceiling"),
      expect.stringContaining("equal runs"),
    ]);
  });

  it("says nothing of parts that are missing", () => {
    const bare = withGenerator({
      cpuUsPerTransaction: null,
      runQueueShare: null,
      eventLoopDelayUs: noLatency,
      ownDelayUs: null,
      garbageCollection: { pauses: 0, totalUs: 0, maxUs: null },
    });
    const text = generatorSection(bare).remarks.join("\n");
    for (const absent of ["undefined", "null", "NaN", "Infinity"]) {
      expect(text).not.toContain(absent);
    }
    expect(text).toContain("22.2 % of one core, – a transaction; 100 MB");
    expect(text).toContain("no pause for garbage collection");
    expect(text).toContain("It ended too soon to tell how late its event loop was.");
  });
});

describe("the sentence on who else was at work", () => {
  const wait = (application: string, type: string | null, event: string, samples: number) => ({
    ...{ application, type, event, samples },
  });
  const vacuum = { heapBlocks: 90, heapBlocksScanned: 50, heapBlocksVacuumed: 0 };

  it("names each with what it was seen at, and vacuums, and is on the page and in summary.md", () => {
    const beside = {
      samples: 80,
      waits: [
        wait("loadgen/concurrent", "Lock", "tuple", 90),
        wait("psql", "Lock", "transactionid", 30),
        wait("", null, "running", 4),
        wait("psql", null, "running", 2),
        wait("loadgen/observer", null, "running", 1),
      ],
      vacuums: [{ ...vacuum, table: "dms.<i>", phases: { "scanning heap": 2, truncating: 1 } }],
    };
    const run = { ...quietRun, beside };
    const sentence =
      "Beside the run, by 80 samples of its database: psql busy 32 times (Lock:transactionid 30, running 2); " +
      "connections without a name busy 4 times (running 4); " +
      "a vacuum of dms.<i> seen 3 times (scanning heap 2, truncating 1).";
    expect(remark(run, "Beside")).toBe(sentence);
    expect(summaryMarkdown(run, "reports/one")).toContain(sentence.replace("<", "&lt;"));
    const { generator } = namedSections(run);
    expect(
      contentHtml(generator)
        .map(({ markup }) => markup)
        .join(""),
    ).toContain("dms.&lt;i&gt; seen");
    const many = Array.from({ length: 8 }, (_, index) => wait(`job ${index}`, null, "running", 1));
    expect(remark({ ...run, beside: { ...beside, waits: many } }, "Beside")).toMatch(
      /; job 4 .*; and 4 more\.$/,
    );
  });

  it("is not there where nobody but the run itself was seen", () => {
    const own = [wait("loadgen/concurrent", "Lock", "tuple", 90)];
    const run = { ...quietRun, beside: { samples: 80, waits: own, vacuums: [] } };
    expect(generatorSection(run).remarks.join()).not.toContain("Beside");
  });
});

describe("the sentence on what it used", () => {
  it("names one pause as one", () => {
    const garbageCollection = { pauses: 1, totalUs: 900, maxUs: 900 };
    expect(remark(withGenerator({ garbageCollection }), "22.2 %")).toContain(
      "a transaction; 100 MB of memory; 1 pause for garbage collection, 900 us in all, at most 900 us.",
    );
  });
});

describe("k6", () => {
  const engine = {
    name: "k6",
    version: "k6 v1.8.1, xk6-sql v1.0.5",
    driver: "lib/pq v1.12.3 by way of database/sql",
    protocol: "extended",
    clock: "wall clock",
  } as const;
  const threads = [{ cores: 2, cpuShare: 0.295, runQueueShare: null }];
  // As k6 leaves it: nothing of Node's event loop and its garbage is told.
  const none = { pauses: 0, totalUs: 0, maxUs: null };
  const silent = { eventLoopDelayUs: noLatency, ownDelayUs: null, garbageCollection: none };

  function onK6(given: Partial<Generator>): RunResult {
    return { ...withGenerator({ threads, ...silent, ...given }), engine };
  }

  it("is named, and told as a process of its own without an event loop", () => {
    const { remarks } = generatorSection(onK6({}));
    expect(remarks.slice(0, 3)).toEqual([
      "Engine k6: k6 v1.8.1, xk6-sql v1.0.5; driver lib/pq v1.12.3 by way of database/sql; protocol extended; clock wall clock.",
      "k6 is a process of its own: 29.5 % of 2 cores, 400 us a transaction; at most 100 MB of memory.",
      "It has no event loop whose lateness could be told: a session that waits for a core has that in its latencies, and the time of its JavaScript, too.",
    ]);
    expect(remarks.join()).not.toMatch(/one core|garbage|ended too soon/);
  });

  it("is told without what the system does not tell", () => {
    const unknown = [{ cores: 2, cpuShare: null, runQueueShare: null }];
    const scheduleLagUs = { ...noLatency, p50: 120, p90: 2_000 };
    const run = onK6({ threads: unknown, rssBytesMax: null, scheduleLagUs });
    expect(remark(run, "k6 is a process")).toBe(
      "k6 is a process of its own: this system does not tell how much CPU it used; this system does not tell its memory.",
    );
    expect(remark(run, "It has no")).toMatch(/ Transactions started late by 2 ms at p90\.$/);
  });
});

describe("the sentence on its lateness", () => {
  it("tells the highest percentile that there is", () => {
    const own = { ...noLatency, p50: 300 };
    expect(late({ eventLoopDelayUs: { ...noLatency, p50: 400, p95: 900 }, ownDelayUs: own })).toBe(
      "Event loop late by 900 us at p95; without what waiting for a core explains, by 300 us at p50.",
    );
  });

  it("says so where nobody knows what of it was waiting for a core", () => {
    expect(late({ ownDelayUs: null })).toBe(
      "Event loop late by 35 ms at p99 (how much of it was waiting for a core, this system does not tell, so it was not judged).",
    );
  });

  it("has that of transactions which had nothing but their time to wait for", () => {
    const scheduleLagUs = { ...noLatency, p50: 120, p90: 2_000 };
    expect(late({ scheduleLagUs })).toContain("; transactions started late by 2 ms at p90.");
    expect(late({ scheduleLagUs: noLatency })).not.toContain("started late");
  });
});

describe("a machine that is shared", () => {
  it("is told where the server is on it, too", () => {
    expect(remark(withGenerator({ runQueueShare: 0.05 }), "Co-located")).toBe(
      "Co-located: the server, which runs on this machine, or something else here took the CPU, and the generator waited 5 % of the time for a core.",
    );
  });

  it("is told without blaming a server that may be elsewhere", () => {
    const plan = { ...quietRun.plan, url: "postgresql://me@host:5432/mine" };
    const run = { ...withGenerator({ runQueueShare: 0.5 }), plan };
    expect(remark(run, "Something else on this machine took the CPU")).toContain(
      "waited 50 % of the time",
    );
    expect(generatorSection(run).remarks.join()).not.toContain("Co-located");
  });

  it.each([0.049, 0, null])("is none where it waited for %s of the time", (runQueueShare) => {
    const { remarks } = generatorSection(withGenerator({ runQueueShare }));
    expect(remarks.join()).not.toContain("took the CPU");
  });
});

describe("what observing cost", () => {
  it("is the observers' time where the server's CPU cannot be read", () => {
    const observer = { ...quietRun.observer, cpuUsPerSecond: null, missed: 3 };
    expect(remark({ ...quietRun, observer }, "Observing")).toBe(
      "Observing cost 90 ms of the observers' time a second; 80 samples, 3 missed.",
    );
  });
});

describe("the cross-check", () => {
  it("says why there was none", () => {
    const run = {
      ...quietRun,
      crossCheck: { kind: "skipped", why: "the server was gone" },
    } as const;
    expect(remark(run, "Not cross-checked")).toBe(
      "Not cross-checked with the server's counters: the server was gone.",
    );
  });
});

describe("the machine's own ceiling", () => {
  const { calibration } = loudRun;

  function ceiling(sessions: number): string {
    const plan = { ...quietRun.plan, sessions };
    return remark({ ...quietRun, plan, calibration }, "This machine's own ceiling");
  }

  it("is that at the next number of sessions, or at the largest", () => {
    expect(ceiling(100)).toBe(
      "This machine's own ceiling, one thread with the lean driver against a server that does nothing: 61 234 operations a second at 100 sessions, 16.2 us of CPU each (calibrated 2026-01-02).",
    );
    expect(ceiling(99)).toBe(ceiling(100));
    expect(ceiling(1)).toContain("20 000 operations a second at 1 session, 30.5 us");
    expect(ceiling(101)).toContain("at 1 000 sessions");
    expect(ceiling(5_000)).toContain("at 1 000 sessions");
  });

  it("is not made up of a calibration without figures", () => {
    if (calibration === null) throw new Error("no calibration");
    const run = { ...quietRun, calibration: { ...calibration, steps: [] } };
    expect(remark(run, "This machine's")).toBe("This machine's calibration has no figures.");
  });
});

describe("equal runs", () => {
  it("are told beside this one", () => {
    expect(remark(loudRun, "3 equal runs")).toBe(
      "3 equal runs on this machine came to 64 to 86 transactions a second (median 70.5); this one to 617.",
    );
    const equalRuns = { count: 1, min: 64, median: 64, max: 64 };
    expect(remark({ ...quietRun, equalRuns }, "An equal run")).toBe(
      "An equal run on this machine came to 64 transactions a second; this one to 617.",
    );
  });

  it("are not mentioned where there are none", () => {
    expect(generatorSection(quietRun).remarks.join()).not.toContain("equal run");
  });
});
