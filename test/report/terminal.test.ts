import { describe, expect, it } from "vitest";
import type { Plan } from "../../src/core/plan.ts";
import {
  liveHeading,
  liveHeadingOpenLoop,
  liveLine,
  planText,
  resultText,
} from "../../src/report/terminal.ts";
import type { RunSample } from "../../src/run/listener.ts";
import { noLatency, someLatency } from "./latencies.ts";
import { loudRun } from "./loud-run.ts";
import { quietRun } from "./run-result.ts";

const plain = {
  server: "embedded PostgreSQL 18.4",
  k6: null,
  folder: "reports/one",
  telemetry: [],
  colours: false,
};

const plan: Plan = { ...quietRun.plan, arrivals: null, faults: [] };

/** The one line of the plan with this title. */
function lineOf(given: Partial<Plan>, title: string): string {
  const lines = planText({ ...plan, ...given }, plain).split("\n");
  const found = lines.filter((line) => line.startsWith(`  ${title} `));
  if (found.length !== 1) throw new Error(`${found.length} lines on ${title}`);
  return found[0]!.slice(title.length + 2).trim();
}

describe("the plan on the screen", () => {
  it("names the k6 that drives the sessions, and which one it is", () => {
    const lines = planText(plan, { ...plain, k6: "k6 v1.8.1, xk6-sql v1.0.5" }).split("\n");
    expect(lines).toContain("  engine      k6 (k6 v1.8.1, xk6-sql v1.0.5)");
    expect(planText(plan, plain)).not.toContain("engine");
  });

  it("says all that is about to happen", () => {
    expect(planText(plan, plain)).toBe(
      [
        "loadgen run concurrent",
        "  load        100 sessions, closed loop, think 10 to 50 ms, read-committed",
        "  time        5 s warm-up, then 20 s measured",
        "  data        system dms, variant current (documents 2 000, references 200 000)",
        "  server      embedded PostgreSQL 18.4",
        "  faults      none",
        "  thresholds  none",
        "  seed        12345",
        "  report      reports/one",
      ].join("\n"),
    );
  });

  it("says what is out of the ordinary", () => {
    expect(lineOf({ thinkMs: [0, 0], holdMs: 100, poolMax: 6 }, "load")).toBe(
      "100 sessions, closed loop, no think time, hold 100 ms, a pool of 6 connections, read-committed",
    );
    expect(lineOf({ workers: 2, driver: "plain" }, "load")).toBe(
      "100 sessions, closed loop, think 10 to 50 ms, 2 threads, driver plain, read-committed",
    );
    expect(lineOf({ driverSockets: { count: 10, overheadMs: 45 } }, "load")).toBe(
      "100 sessions, closed loop, think 10 to 50 ms, 10 sockets inside the driver (45 ms of its own each time), read-committed",
    );
    expect(lineOf({ driverSockets: { count: 10, overheadMs: 30 } }, "load")).toBe(
      "100 sessions, closed loop, think 10 to 50 ms, 10 sockets inside the driver (30 ms of its own each time), read-committed",
    );
    expect(lineOf({ durationMs: null, transactionsPerSession: 30 }, "time")).toBe(
      "5 s warm-up, then 30 transactions a session",
    );
    expect(lineOf({ options: { hot: 3, unlocked: true } }, "options")).toBe("hot 3, unlocked true");
    expect(lineOf({ system: null, variant: null, fixture: null }, "data")).toBe(
      "an empty database",
    );
    expect(lineOf({ existing: true }, "data")).toBe("the database as it is");
    const strategies = { create: "copy", match: "page" };
    expect(lineOf({ existing: true, strategies }, "data")).toBe(
      "the database as it is, create=copy, match=page",
    );
    const fault = { text: "pool-limit:max=6@1s", name: "pool-limit", parameters: { max: 6 } };
    expect(lineOf({ faults: [{ ...fault, startMs: 1_000, lengthMs: null }] }, "faults")).toBe(
      "pool-limit:max=6@1s",
    );
    const threshold = { source: "scenario", metric: "aborted", expression: "count == 0" };
    expect(lineOf({ thresholds: [threshold] }, "thresholds")).toBe("aborted: count == 0");
  });
});

describe("the plan of an open loop", () => {
  const arrivals = { distribution: "poisson", rateAtEnd: 200, gapMillionths: [1] } as const;

  it("has a rate and how it is spread instead of a time to think", () => {
    const open = { thinkMs: [0, 0], rate: 200, arrivals } as const;
    expect(lineOf(open, "load")).toBe(
      "100 sessions, open loop, 200 transactions a second (poisson arrivals), read-committed",
    );
  });

  it("has both ends of a ramp", () => {
    const ramp = { ...arrivals, distribution: "constant", rateAtEnd: 1_000 } as const;
    expect(lineOf({ rate: 0.5, arrivals: ramp, poolMax: 6 }, "load")).toBe(
      "100 sessions, open loop, 0.5 to 1000 transactions a second (constant arrivals), " +
        "a pool of 6 connections, read-committed",
    );
  });
});

const sample: RunSample = {
  phase: "measured",
  atMs: 12_000,
  offered: 320,
  achieved: 318,
  waiting: null,
  committed: 318,
  aborted: 0,
  unknown: 0,
  errors: 3,
  retries: 3,
  latencyUs: someLatency,
  busySessions: 6,
  activeSessions: 5,
  waits: [],
  lockEdges: [],
  oldestTransactionMs: null,
  tables: null,
  faults: ["pool-limit:max=6", "autovacuum-pause"],
};

/** Each figure ends where its title does, and the faults begin under theirs. */
function expectUnder(heading: string, line: string): void {
  const titles = heading.trim().split(/ +/);
  for (const title of titles.filter((one) => one !== "faults")) {
    const end = heading.indexOf(title) + title.length;
    expect(line[end - 1], title).not.toBe(" ");
    expect(line[end], title).toBe(" ");
  }
  expect(line.indexOf("pool-limit")).toBe(heading.indexOf("faults"));
}

describe("the live line", () => {
  it("stands under its heading", () => {
    const line = liveLine(sample);
    expect(line).toBe(
      "    12 s     320/s     318/s    850 us    1.25 s       3     6  pool-limit:max=6, autovacuum-pause",
    );
    expectUnder(liveHeading, line);
    expect(liveHeading).not.toContain("waiting");
  });

  it("says in an open loop how many arrivals wait, also if none does", () => {
    const line = liveLine({ ...sample, waiting: 1_234 });
    expect(line).toBe(
      "    12 s     320/s     318/s     1234    850 us    1.25 s       3     6  pool-limit:max=6, autovacuum-pause",
    );
    expectUnder(liveHeadingOpenLoop, line);
    expect(liveHeadingOpenLoop.split(/ +/).filter((title) => title !== "waiting")).toEqual(
      liveHeading.split(/ +/),
    );
    expectUnder(liveHeadingOpenLoop, liveLine({ ...sample, waiting: 0 }));
  });

  it("has dashes for what is not known yet, and nothing at its end", () => {
    const first = { ...sample, atMs: -4_000, latencyUs: noLatency, busySessions: null, faults: [] };
    expect(liveLine(first)).toBe("    -4 s     320/s     318/s         –         –       3     –");
  });
});

describe("the result on the screen", () => {
  it("ends with the verdict, the figures, and how to run it again", () => {
    const lines = resultText(quietRun, plain).split("\n");
    expect(lines.slice(-4)).toEqual([
      "PASS (exit code 0): 12 345 transactions committed",
      "  12 345 committed, 617 a second; decisions sha256:0123456789ab…",
      "  report reports/one; again: loadgen run concurrent --repeat reports/one",
      "  page reports/one/report.html",
    ]);
  });

  it("tells every reason of a failure, and which database was kept", () => {
    const text = resultText(loudRun, plain);
    expect(text).toContain(
      "FAIL (exit code 96): the invariant no-doubles is broken: 3 rows\n" +
        "  and latency: max < 1s does not hold\n" +
        "  kept the database loadgen_run_1\n",
    );
  });

  it("has all sections, indented under their titles", () => {
    const text = resultText(loudRun, plain);
    expect(text).toContain("\nInvariants\n  no-doubles: BROKEN. 3 rows\n  no-orphans: holds.");
    expect(text).toContain("\nThresholds\n  threshold");
  });

  it("says nothing of parts that are missing", () => {
    const text = resultText(quietRun, plain);
    for (const absent of [
      "Faults",
      "Windows",
      "Thresholds",
      "Invariants",
      "kept",
      "undefined",
      "null",
      "NaN",
    ]) {
      expect(text).not.toContain(absent);
    }
  });

  it("has escape codes only with colours", () => {
    const escape = "\u001b[";
    const coloured = { ...plain, colours: true };
    expect(planText(plan, coloured)).toContain(escape);
    expect(resultText(loudRun, coloured)).toContain(escape);
    expect(planText(plan, plain)).not.toContain(escape);
    expect(resultText(loudRun, plain)).not.toContain(escape);
  });

  it.each([
    ["pass", 32],
    ["fail", 31],
    ["invalid", 35],
    ["unknown", 33],
  ] as const)("shows %s in a colour of its own", (status, code) => {
    const verdict = { ...quietRun.verdict, status };
    const text = resultText({ ...quietRun, verdict }, { ...plain, colours: true });
    expect(text).toContain(`\u001b[${code}m\u001b[1m${status.toUpperCase()}`);
  });
});
