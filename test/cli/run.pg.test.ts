import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { decodeFromCompressedBase64 } from "hdr-histogram-js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { dms } from "../../fixtures/dms/system.ts";
import { liveHeading } from "../../src/report/terminal.ts";
import { type EndedRun, expectCode, Loadgen, runJsonIn, tinyFixture } from "../helpers/loadgen.ts";
import type { RunJson } from "../helpers/run-schema.ts";

let loadgen: Loadgen;

beforeAll(async () => {
  loadgen = await Loadgen.prepared("server18");
});

afterAll(() => loadgen.remove());

const short = ["--sessions", "4", "--think", "0", ...tinyFixture];

describe("loadgen run concurrent", () => {
  let run: EndedRun;
  let result: RunJson;

  beforeAll(async () => {
    run = await loadgen.run("concurrent", ...short, "--duration", "3s", "--warmup", "1s");
    expectCode(run, 0);
    result = await runJsonIn(run.folder);
  });

  async function stored(name: string): Promise<string> {
    return readFile(join(run.folder, name), "utf8");
  }

  it("ends with 0 and says why", () => {
    expect(result.verdict).toMatchObject({ status: "pass", exitCode: 0 });
    expect(run.stdout).toContain(`PASS (exit code 0): ${result.verdict.reasons[0]}`);
    expect(run.stderr).toBe("");
  });

  it("shows the plan, a line a second, and the result, all without escape codes", () => {
    expect(run.stdout).toMatch(/^loadgen run concurrent\n {2}load +4 sessions, closed loop/);
    expect(run.stdout).toContain(`\n${liveHeading}\n`);
    expect(run.stdout).toMatch(/\n +1 s +\d+\/s +\d+\/s/);
    expect(run.stdout).toContain("\nLatency of committed transactions, by operation\n");
    expect(run.stdout).not.toContain("\u001b");
  });

  it("stores everything in its folder", async () => {
    expect((await readdir(run.folder)).sort()).toEqual([
      "after.json",
      "before.json",
      "junit.xml",
      "latency.hlog",
      "metrics.prom",
      "plan.json",
      "report.html",
      "run.json",
      "samples.ndjson",
      "summary.md",
    ]);
    expect(await stored("summary.md")).toMatch(/^# PASS: /);
    for (const name of ["before.json", "after.json"]) {
      expect(JSON.parse(await stored(name))).toMatchObject({ version: result.server.version });
    }
  });

  it("has a result that agrees with its plan", async () => {
    // Of the plan's faults the result has the texts; here there are none.
    expect(JSON.parse(await stored("plan.json"))).toMatchObject(result.plan);
    expect(result.plan).toMatchObject({
      scenario: "concurrent",
      system: "dms",
      variant: "current",
      sessions: 4,
      durationMs: 3_000,
      transactionsPerSession: null,
      seed: 12345,
    });
  });

  it("counts the same everywhere", () => {
    const operations = Object.values(result.operations);
    const { committed, aborted, unknown, perSecond } = result.transactions;
    expect(Object.keys(result.operations)).toEqual(["replace-references"]);
    expect(committed).toBeGreaterThan(0);
    expect(sum(operations.map(({ count }) => count))).toBe(committed);
    expect(sum(operations.map(({ failed }) => failed.count))).toBe(aborted + unknown);
    expect(perSecond).toBeGreaterThan(0);
    expect(perSecond * 3).toBeLessThanOrEqual(committed + 1);
    for (const { count, histogram } of operations) {
      expect(decodeFromCompressedBase64(histogram).totalCount).toBe(count);
    }
  });

  it("has percentiles in order, and none that its sample cannot support", () => {
    for (const { count, latencyUs, serviceUs } of Object.values(result.operations)) {
      const { p50, p90, p95, p99, p99_9, max } = latencyUs;
      const known = [p50, p90, p95, p99, p99_9].filter((value) => value !== null);
      expect(known).toEqual([...known].sort((one, other) => one - other));
      expect(max).toBeGreaterThanOrEqual(known.at(-1) ?? 0);
      expect(p99 === null).toBe(count * 0.01 < 10);
      expect(latencyUs.mean).toBeGreaterThanOrEqual(serviceUs.mean ?? 0);
    }
  });

  it("saw its sessions from the server", () => {
    const { connectionsUsed, busySessions, activeSessions } = result.concurrency;
    expect(connectionsUsed).toBe(4);
    expect(busySessions.max).toBeLessThanOrEqual(4);
    expect(busySessions.mean).toBeGreaterThan(0);
    expect(activeSessions.mean).toBeLessThanOrEqual(busySessions.mean);
    expect(result.observer.samples).toBeGreaterThan(0);
    expect(result.serverPerTransaction.walBytes).toBeGreaterThan(0);
    expect(result.serverPerTransaction.deadTuples).toBeGreaterThan(0);
  });

  it("judged the scenario's thresholds and the system's invariants", () => {
    expect(result.thresholds).toEqual([
      { expression: "aborted: count == 0", actual: 0, ok: true },
      { expression: "unknown: count == 0", actual: 0, ok: true },
    ]);
    const names = ["last-write-wins", ...dms.invariants.map(({ name }) => name)];
    expect(result.invariants).toMatchObject(names.map((name) => ({ name, ok: true })));
  });

  it("has a sample for each full second, in warm-up and measured time", async () => {
    const lines = (await stored("samples.ndjson")).trimEnd().split("\n");
    const samples = lines.map((line) => JSON.parse(line) as { phase: string; atMs: number });
    expect(samples.map(({ phase, atMs }) => `${phase} ${atMs}`).slice(0, 3)).toEqual([
      "warmup 0",
      "measured 1000",
      "measured 2000",
    ]);
  });

  it("has an interval log that holds every transaction", async () => {
    const lines = (await stored("latency.hlog")).split("\n");
    expect(lines[0]).toBe("#[Histogram log format version 1.3]");
    const histograms = lines
      .filter((line) => line.startsWith("Tag=replace-references:committed,"))
      .map((line) => decodeFromCompressedBase64(line.split(",")[4] ?? "").totalCount);
    expect(sum(histograms)).toBe(result.transactions.committed);
  });

  it("drops its clone and keeps the fixture", async () => {
    expect(await loadgen.databases("loadgen_run_")).toEqual([]);
    expect(await loadgen.databases("loadgen_")).toHaveLength(1);
  });

  it("uses the fixture again, and prints only JSON on stdout with --json", async () => {
    const again = await loadgen.run(
      "concurrent",
      ...short,
      "--duration",
      "1s",
      "--warmup",
      "0",
      "--json",
    );
    expectCode(again, 0);
    expect(JSON.parse(again.stdout)).toEqual(
      JSON.parse(await readFile(join(again.folder, "run.json"), "utf8")),
    );
    expect(again.stderr).toContain("loadgen run concurrent");
    expect(run.stdout).toContain("dms.reference");
    expect(again.stderr).not.toContain("dms.reference");
    expect(await loadgen.databases("loadgen_")).toHaveLength(1);
  });
});

describe("the same seed", () => {
  const paced = ["--sessions", "4", "--think", "50ms", ...tinyFixture];
  const counted = [...paced, "--seed", "7", "--transactions", "3", "--warmup", "0"];

  async function digestOf(run: EndedRun): Promise<string> {
    expectCode(run, 0);
    return (await runJsonIn(run.folder)).digest.decisions;
  }

  it("makes the same decisions, whatever the timing, the pool and the warm-up", async () => {
    const first = await loadgen.run("concurrent", ...counted);
    const digest = await digestOf(first);
    const { transactions } = await runJsonIn(first.folder);
    expect(transactions.committed).toBe(12);

    const other = ["--think", "5ms..80ms", "--pool-max", "2", "--warmup", "1s", "--quiet"];
    const pooled = await loadgen.run("concurrent", ...counted, ...other);
    expect(await digestOf(pooled)).toBe(digest);
    expect(pooled.stdout).not.toContain(liveHeading);
    expect((await runJsonIn(pooled.folder)).concurrency.connectionsUsed).toBeLessThanOrEqual(2);

    const repeated = await loadgen.run("--repeat", first.folder);
    expect(await digestOf(repeated)).toBe(digest);
    const plans = [first, repeated].map(({ folder }) =>
      readFile(join(folder, "plan.json"), "utf8"),
    );
    const [planned, again] = await Promise.all(plans);
    expect(again).toBe(planned);

    const changed = await loadgen.run("concurrent", "--repeat", first.folder, "--seed", "8");
    expect(await digestOf(changed)).not.toBe(digest);
    expect((await runJsonIn(changed.folder)).plan).toMatchObject({
      seed: 8,
      sessions: 4,
      transactionsPerSession: 3,
    });
  });
});

describe("two runs at the same time", () => {
  it("come one after the other, and both end well", async () => {
    const words = ["concurrent", ...short, "--warmup", "0", "--duration"];
    const first = loadgen.startRun([...words, "10m"]);
    await first.started.printed("measuring for");
    const second = loadgen.startRun([...words, "1s"]);
    await second.started.printed("waiting for another run on this server (process ");
    // Only now may the first one end.
    first.started.signal("SIGTERM");
    expectCode(await first.started.ended, 143);
    expectCode(await second.started.ended, 0);
    expect(await loadgen.databases("loadgen_run_")).toEqual([]);
  });
});

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
