import { existsSync } from "node:fs";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { autovacuumPause } from "../../src/faults/autovacuum-pause.ts";
import { crash } from "../../src/faults/crash.ts";
import { freeze } from "../../src/faults/freeze.ts";
import { lockTable } from "../../src/faults/lock-table.ts";
import { Connection } from "../../src/server/connection.ts";
import { hostControl } from "../../src/server/host-control.ts";
import { crashAndRecover } from "../helpers/crash-rounds.ts";
import { aroundUndo, fixtureState, inForce, killAndRestore } from "../helpers/kill-rounds.ts";
import { expectCode, Loadgen, runJsonIn, tinyFixture } from "../helpers/loadgen.ts";
import { until } from "../helpers/postgres.ts";
import {
  type DatabaseState,
  processesOf,
  stoppedProcesses,
  untilQuiet,
} from "../helpers/server-state.ts";

let loadgen: Loadgen;
let fixture: DatabaseState;

beforeAll(async () => {
  loadgen = await Loadgen.prepared();
  expectCode(await loadgen.command("fixtures", "load", ...tinyFixture), 0);
  fixture = await fixtureState(loadgen);
});

afterEach(async () => {
  loadgen.killAll();
  // After a test that failed half-way.
  await hostControl(loadgen.home).thaw();
  const journal = await readdir(join(loadgen.home, "journal"));
  if (journal.length > 0) expectCode(await loadgen.command("chaos", "restore"), 0);
  const address = await loadgen.server();
  await untilQuiet(loadgen, address);
  for (const name of await loadgen.databases("loadgen_run_")) {
    await Connection.use(address, "loadgen/test", (connection) =>
      connection.query(`drop database ${name} with (force)`),
    );
  }
});

afterAll(() => loadgen.remove());

const short = ["--sessions", "2", "--warmup", "0"] as const;

/** Until somebody ends it; returns once the fault is there. */
async function runWith(fault: string) {
  const words = ["concurrent", ...tinyFixture, ...short, "--duration", "10m", "--chaos", fault];
  const run = loadgen.startRun(words);
  await run.started.printed(`fault in force: ${fault}`);
  return run;
}

describe("a run through crashes of its server", () => {
  it("goes on, recovers, keeps its lock, and finds the indexes intact", async () => {
    await crashAndRecover(loadgen, 2);
  });

  it("says what a crash of a process shows, and what it does not", async () => {
    const file = join(loadgen.folder, "look.sql");
    await writeFile(file, "select 1;");
    const length = ["--duration", "2s", "--think", "20ms", "--chaos", "crash@500ms+100ms"];
    const run = await loadgen.run(file, ...short, ...length);
    expectCode(run, 0);
    expect(run.stdout).toMatch(/PASS.*, survived process crash; loss of power not tested/);
  });
});

describe("whoever comes while a living run keeps the server from answering", () => {
  it("waits for it, says for whom, and then goes on", async () => {
    const first = await runWith("freeze@200ms");
    const doctor = loadgen.start(["doctor"]);
    const second = loadgen.startRun([
      "concurrent",
      ...tinyFixture,
      ...short,
      "--transactions",
      "1",
    ]);
    for (const waiting of [doctor, second.started]) {
      await waiting.printed("waiting for the run of process");
      await waiting.printed("whose freeze keeps the server from answering");
    }
    first.started.signal("SIGINT");
    expectCode(await first.started.ended, 130);
    const { faults, verdict } = await runJsonIn(first.folder);
    expect(faults).toMatchObject([{ undone: true }]);
    expect(verdict.reasons.join()).not.toContain("run lock");
    await doctor.ended;
    expectCode(await second.started.ended, 0);
  });

  it("is not started by somebody else while it is down", async () => {
    const first = await runWith("crash@200ms");
    const start = loadgen.start(["db", "start"]);
    await start.printed("waiting for the run of process");
    expect(await hostControl(loadgen.home).processes()).toEqual({ stopped: 0, all: 0 });
    first.started.signal("SIGINT");
    expectCode(await first.started.ended, 130);
    expectCode(await start.ended, 0);
  });

  it("waits on when the server crashes under those who wait", async () => {
    const words = ["--duration", "5s", "--chaos", "crash@3s+100ms"];
    const first = loadgen.startRun(["concurrent", ...tinyFixture, ...short, ...words]);
    await first.started.printed("measuring for");
    const second = loadgen.startRun([
      "concurrent",
      ...tinyFixture,
      ...short,
      "--transactions",
      "1",
    ]);
    await second.started.printed("waiting for another run");
    await first.started.ended;
    expect((await runJsonIn(first.folder)).faults).toMatchObject([{ effective: true }]);
    expectCode(await second.started.ended, 0);
  });
});

describe("kill -9 of a run", () => {
  it("in a freeze: its watchdog lets the server go on, and goes; doctor names what is left", async () => {
    const run = await runWith("freeze@200ms");
    expect(await stoppedProcesses(loadgen)).toBeGreaterThan(5);
    run.started.signal("SIGKILL");
    await run.started.ended;
    await until(async () => (await processesOf(loadgen)).length === 0, "the watchdog has gone");
    expect(await stoppedProcesses(loadgen)).toBe(0);
    const doctor = await loadgen.command("doctor");
    expectCode(doctor, 3);
    expect(doctor.stdout).toContain("faults left behind: freeze in loadgen_run_");
    const restore = await loadgen.command("chaos", "restore");
    expectCode(restore, 0);
    expect(restore.stdout).toMatch(/^freeze \(injected .*\): undone in the database loadgen_run_/);
    expect(await readdir(join(loadgen.home, "journal"))).toEqual([]);
  });

  it.each(["freeze@200ms", "crash@200ms"])(
    "and of its watchdog in %s: chaos restore undoes it before it connects",
    async (fault) => {
      const run = await runWith(fault);
      // The watchdog first, which then sees nothing.
      for (const pid of await watchdogs()) process.kill(pid, "SIGKILL");
      run.started.signal("SIGKILL");
      await run.started.ended;
      const { stopped, all } = await hostControl(loadgen.home).processes();
      expect([stopped, fault.startsWith("freeze") ? all > 5 : all === 0]).toEqual([all, true]);
      expectCode(await loadgen.command("chaos", "restore"), 0);
      expect(await readdir(join(loadgen.home, "journal"))).toEqual([]);
      expect(await stoppedProcesses(loadgen)).toBe(0);
    },
  );

  it("leaves a server behind that the next run finds going, and says so", async () => {
    const run = await runWith("crash@200ms");
    run.started.signal("SIGKILL");
    await run.started.ended;
    const words = ["concurrent", ...tinyFixture, ...short, "--transactions", "1"];
    const next = await loadgen.run(...words);
    expectCode(next, 0);
    expect(next.stdout).toMatch(/! crash, left behind by an interrupted run on .*: undone in the/);
  });

  it.each([
    ["in the middle of freeze", inForce(freeze, 0)],
    ["in the middle of lock-table", inForce(lockTable, 1)],
    ["around the undo of crash", aroundUndo(crash, 2)],
    ["around the undo of autovacuum-pause", aroundUndo(autovacuumPause, 3)],
  ])("leaves everything as it was after chaos restore: %s", async (_, killing) => {
    await killAndRestore(loadgen, killing, fixture);
  });
});

describe("a server that stands still by somebody else's hand", () => {
  it("is not touched, and not waited for without an end", async () => {
    await loadgen.server();
    await hostControl(loadgen.home).freeze();
    const doctor = await loadgen.command("doctor");
    expectCode(doctor, 3);
    expect(doctor.stderr).toContain("no run of loadgen's has done that");
    for (const asking of ["status", "url"]) {
      const asked = await loadgen.command("db", asking);
      expectCode(asked, 3);
      expect(asked.stderr).toContain("every process of the embedded server is stopped");
    }
    expect(await stoppedProcesses(loadgen)).toBeGreaterThan(5);
    expect(existsSync(join(loadgen.home, "journal"))).toBe(true);
    await hostControl(loadgen.home).thaw();
  });
});

async function watchdogs(): Promise<readonly number[]> {
  const pids = await processesOf(loadgen);
  const lines = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/cmdline`, "utf8")));
  const found = pids.filter((_, index) => lines[index]?.includes("host-watchdog.js"));
  expect(found).toHaveLength(1);
  return found;
}
