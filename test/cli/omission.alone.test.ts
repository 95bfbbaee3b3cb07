/**
 * The test against coordinated omission: the server stands still for a fifth of the measured time.
 * Whoever would have come meanwhile must be in the percentiles, to within 5 % of what
 * arithmetic says; a closed loop, beside it, shows next to nothing of it.
 */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Connection } from "../../src/server/connection.ts";
import { expectCode, Loadgen, runJsonIn } from "../helpers/loadgen.ts";
import type { RunJson } from "../helpers/run-schema.ts";
import { until } from "../helpers/postgres.ts";

let loadgen: Loadgen;

beforeAll(async () => {
  loadgen = await Loadgen.prepared();
  await writeFile(
    join(loadgen.folder, "quick.sql"),
    "-- \\set id random(1, 100)\nselect :id + 1;\n",
  );
});

afterAll(() => loadgen.remove());

interface Stalled {
  readonly run: RunJson;
  /** As it was, by this process's clock. */
  readonly stalledMs: number;
}

/** Stops the sessions' backends for a fifth of the time, once the run is in its third second. */
async function stalledRun(
  { sessions, seconds }: { readonly sessions: number; readonly seconds: number },
  ...words: readonly string[]
): Promise<Stalled> {
  const fixed = ["--sessions", String(sessions), "--duration", `${seconds}s`, "--warmup", "1s"];
  const all = ["./quick.sql", ...fixed, ...words];
  const { started, folder } = loadgen.startRun(all);
  await started.printed("     3 s ");
  const pids = await backends(sessions);
  for (const pid of pids) process.kill(pid, "SIGSTOP");
  const startMs = performance.now();
  // A stall has a length, which no condition tells; it is measured, and the arithmetic uses that.
  await sleep((seconds * 1000) / 5);
  for (const pid of pids) process.kill(pid, "SIGCONT");
  const stalledMs = performance.now() - startMs;
  expectCode(await started.ended, 0);
  return { run: await runJsonIn(folder), stalledMs };
}

async function backends(sessions: number): Promise<readonly number[]> {
  return Connection.use(await loadgen.server(), "loadgen/test", async (connection) => {
    let pids: number[] = [];
    await until(async () => {
      const rows = await connection.query(
        `select pid from pg_catalog.pg_stat_activity
          where datname like 'loadgen\\_run\\_%' and application_name ~ '^loadgen/quick/'`,
      );
      pids = rows.map((row) => Number(row.pid));
      return pids.length === sessions;
    }, "the sessions' backends");
    return pids;
  });
}

describe("a server that stands still for a fifth of the time", () => {
  it("is in an open loop's percentiles as arithmetic says", async () => {
    // Those who queued up are served one after the other once it goes on, which the arithmetic leaves
    // out: the longer the stall and the fewer they are, the less that is of what they waited.
    const load = { sessions: 16, seconds: 20 };
    const { run, stalledMs } = await stalledRun(load, "--rate", "60", "--arrivals", "constant");
    const latency = run.operations["quick"]!.latencyUs;
    const lengthMs = run.transactions.lengthMs;
    // Evenly spread arrivals find it standing; the first waits for all of the stall, the last for
    // nothing. The share p of all arrivals waits no longer than the stall less (1 - p) of the run.
    for (const [percentile, p] of [
      ["p90", 0.9],
      ["p95", 0.95],
      ["p99", 0.99],
    ] as const) {
      const expectedUs = (stalledMs - (1 - p) * lengthMs) * 1000;
      const ratio = latency[percentile]! / expectedUs;
      expect(ratio, `${percentile}: ${latency[percentile]} of ${expectedUs} us`).toBeGreaterThan(
        0.95,
      );
      expect(ratio, `${percentile}: ${latency[percentile]} of ${expectedUs} us`).toBeLessThan(1.05);
    }
    // What the server itself took is another question, and has another answer.
    expect(run.operations["quick"]!.serviceUs.p95).toBeLessThan(latency.p95! / 10);
    expect(run.offered!.queueWaitUs.p95).toBeGreaterThan(latency.p95! * 0.9);
    expect(run.transactions.committed).toBe(run.offered!.due);
  });

  it("hardly shows in a closed loop's", async () => {
    // Held long enough that a machine whose idle cores wake up late has no part in its latency.
    const { run, stalledMs } = await stalledRun(
      { sessions: 4, seconds: 10 },
      ...["--think", "1ms", "--hold", "15ms"],
    );
    const latency = run.operations["quick"]!.latencyUs;
    expect(latency.p99).toBeLessThan((stalledMs * 1000) / 10);
    expect(latency.max).toBeGreaterThan(stalledMs * 900);
  });
});
