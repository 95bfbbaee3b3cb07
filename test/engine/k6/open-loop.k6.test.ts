/** An open loop on k6: the account of its arrivals, from the first one to the last. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, inject, it } from "vitest";
import type { Plan } from "../../../src/core/plan.ts";
import { sqlScenario } from "../../../src/core/sql-scenario.ts";
import type { Histogram } from "../../../src/metrics/histogram.ts";
import { countOf } from "../../../src/metrics/operation-tally.ts";
import type { RunSample } from "../../../src/run/listener.ts";
import { type Measured, measure } from "../../../src/run/measure.ts";
import type { MeasureOptions } from "../../../src/run/stage.ts";
import { Barrier, ledgerDatabase, rowsIn } from "../../helpers/ledger.ts";
import { measureOptions, openPlanWith } from "../../helpers/plan.ts";
import { type FreshDatabase, until } from "../../helpers/postgres.ts";
import { freshRole } from "../../helpers/role.ts";
import { accountOf, dueIn } from "../../run/arrivals.ts";

const k6 = inject("k6");
const modules = join(import.meta.dirname, "..", "..", "..", "dist", "k6");

let database: FreshDatabase;
let folder: string;
let samples: RunSample[];

beforeEach(async () => {
  database = await ledgerDatabase();
  folder = await mkdtemp(join(tmpdir(), "loadgen-open-loop-"));
  samples = [];
});

afterEach(async () => {
  await database.drop();
  await rm(folder, { recursive: true });
});

interface Given extends Partial<Omit<MeasureOptions, "plan" | "scenario" | "k6">> {
  /** Statements in front of the one that appends. */
  readonly first?: string;
  readonly engine?: Plan["engine"];
}

async function run(plan: Plan, { first = "", engine = "k6", ...given }: Given = {}) {
  const text = `\\set amount random(1, 1000000)
    begin;
    ${first}
    insert into ledger (amount, pid, session)
    values (:amount, pg_backend_pid(), current_setting('application_name'));
    commit;`;
  const path = join(folder, "ledger.sql");
  await writeFile(path, text);
  const scenario = sqlScenario("ledger", text);
  if (!scenario.ok) throw new Error(scenario.problems.join("\n"));
  const { listener, ...options } = measureOptions({
    plan: { ...plan, engine, scenario: path },
    scenario: scenario.value,
    address: database.address,
    journalFolder: folder,
    k6: engine === "k6" ? { path: String(k6), version: "k6", driver: "lib/pq", modules } : null,
    ...given,
  });
  return measure({ ...options, listener: { ...listener, sample: (one) => samples.push(one) } });
}

/** How many rows each session has written, from session 0 on. */
async function rowsBySession(sessions: number): Promise<readonly number[]> {
  const rows = await database.connection.query(
    "select session, count(*)::int4 as count from ledger group by session",
  );
  const counts = new Map(rows.map(({ session, count }) => [String(session), Number(count)]));
  return Array.from(
    { length: sessions },
    (_, session) => counts.get(`loadgen/ledger/${session}`) ?? 0,
  );
}

function operationOf({ timeline }: Measured) {
  return timeline.totals.operation("ledger");
}

/** Microseconds, of all that were recorded. */
function sum({ count, mean }: Histogram): number {
  return count * (mean ?? 0);
}

describe.skipIf(k6 === null)("an open loop on k6", () => {
  it("ends with as many transactions as are planned, and decides them as pg does", async () => {
    const plan = openPlanWith(
      { rate: 500 },
      { durationMs: null, transactionsPerSession: 10, sessions: 4 },
    );
    const measured = await run(plan);
    expect(accountOf(measured)).toEqual({
      due: 40,
      started: 40,
      neverStarted: 0,
      finished: 40,
      censored: 0,
    });
    expect(measured.doubts).toEqual([]);
    expect(await rowsIn(database)).toBe(40);
    const { digest } = await run(plan, { engine: "pg" });
    expect(measured.digest).toBe(digest);
  });

  it("has a warm-up and a ramp, and counts and decides what is due as pg does", async () => {
    const plan = openPlanWith(
      { rate: 100, distribution: "constant", rateAtEnd: 300 },
      { warmupMs: 500, durationMs: 1200, sessions: 3 },
    );
    const measured = await run(plan);
    const { due, started, neverStarted, finished } = accountOf(measured);
    expect(due).toBe(dueIn(plan));
    expect(started + neverStarted).toBe(due);
    expect(finished).toBe(started);
    const warmedUp = measured.warmup.totals.started;
    expect(warmedUp).toBeGreaterThan(10);
    expect(warmedUp).toBeLessThanOrEqual(dueIn(plan, "warmup"));
    expect(await rowsIn(database)).toBe(warmedUp + started);
    const onPg = await run(plan, { engine: "pg" });
    expect(measured.digest).toBe(onPg.digest);
  });

  it("hands an arrival to whichever session is free, while another one is slow", async () => {
    const slow =
      "select pg_sleep(case when current_setting('application_name') like '%/0' then 0.4 else 0 end);";
    const plan = openPlanWith({ rate: 60, distribution: "constant" }, { sessions: 3 });
    const measured = await run(plan, { first: slow });
    const { due, started, neverStarted } = accountOf(measured);
    expect([due, started + neverStarted]).toEqual([59, 59]);
    // At equal parts session 0 would have had 20 of them, and started 3.
    const [slowOne = 0, ...others] = await rowsBySession(3);
    expect(slowOne).toBeLessThanOrEqual(3);
    expect(others.reduce((total, one) => total + one, 0)).toBeGreaterThan(45);
    // Whoever waits for nothing but the time starts late by its clock alone.
    const { scheduleLag } = measured.timeline.totals;
    expect(scheduleLag.count).toBeGreaterThan(0);
    expect(scheduleLag.count + operationOf(measured).queueWait.count).toBeGreaterThan(started);
  });

  it("tells the wait for a free session from the service, and the latency from the planned start", async () => {
    const plan = openPlanWith({ rate: 100, distribution: "constant" }, { sessions: 1 });
    // The first takes half a second, in which fifty more become due.
    const stall = "select pg_sleep(case when exists (select from ledger) then 0 else 0.5 end);";
    const seen = operationOf(await run(plan, { first: stall }));
    const waits = Array.from({ length: 49 }, (_, index) => 510 - 10 * (index + 2));
    const waitedUs = waits.reduce((total, ms) => total + ms, 0) * 1000;
    expect(sum(seen.queueWait) + sum(seen.censored)).toBeGreaterThanOrEqual(waitedUs);
    // The second one was due at 20 ms.
    expect(seen.queueWait.max).toBeGreaterThanOrEqual(490_000);
    expect(sum(seen.latencyToTell())).toBeGreaterThanOrEqual(waitedUs + 500_000);
    const partsUs = sum(seen.queueWait) + sum(seen.poolWait) + sum(seen.service);
    // Each is rounded to a whole microsecond.
    expect(sum(seen.latency.committed)).toBeGreaterThanOrEqual(
      partsUs - 2 * seen.latency.committed.count,
    );
  });

  it("counts what never started, and has a queue that grows, second by second", async () => {
    const plan = openPlanWith(
      { rate: 50, distribution: "constant" },
      { sessions: 1, durationMs: 2500 },
    );
    const measured = await run(plan, { first: "select pg_sleep(0.2);" });
    const { due, started, neverStarted, finished, censored } = accountOf(measured);
    expect(due).toBe(124);
    expect(started + neverStarted).toBe(due);
    expect([finished, censored]).toEqual([started, neverStarted]);
    expect(started).toBeLessThanOrEqual(13);
    expect(await rowsIn(database)).toBe(started);
    // They were due each 20 ms, the first of them so long before the end.
    expect(operationOf(measured).censored.max).toBeGreaterThanOrEqual(neverStarted * 20_000);
    const waiting = measured.offered?.waiting ?? [];
    expect(waiting).toHaveLength(3);
    expect([...waiting].sort((one, other) => one - other)).toEqual(waiting);
    expect(waiting.at(-1)).toBe(neverStarted);
    // How many wait is known once the sessions have told.
    expect(samples.map((one) => one.waiting)).toEqual([null, null, null]);
    expect(measured.digest).toBe((await run(plan, { engine: "pg" })).digest);
  });
});

describe.skipIf(k6 === null)("an open loop on k6 that is interrupted", () => {
  it("counts what was due and had not started, and decides no more", async () => {
    // Some arrivals within some milliseconds, and then none for an hour.
    const few = openPlanWith(
      { rate: 1000, gapMillionths: [...Array<number>(11).fill(1_000_000), 3_600_000_000_000] },
      { durationMs: 7_200_000, sessions: 2 },
    );
    const count = dueIn(few, "measured", 1000);
    expect(count).toBeGreaterThan(2);
    const barrier = await Barrier.close(database.address, 1);
    const interruption = new AbortController();
    try {
      const running = run(few, {
        first: "select pg_advisory_xact_lock_shared(1);",
        interrupted: interruption.signal,
      });
      await barrier.untilWaiting(2);
      // Sessions ask once a second whether the run still goes on.
      await until(() => samples.length >= 2, "the second second");
      interruption.abort("SIGINT");
      await barrier.open();
      expect(accountOf(await running)).toEqual({
        due: count,
        started: 2,
        neverStarted: count - 2,
        finished: 2,
        censored: count - 2,
      });
    } finally {
      await barrier.end();
    }
  });

  it("ends while its sessions wait for an arrival that is an hour away", async () => {
    const few = openPlanWith(
      { rate: 1000, gapMillionths: [...Array<number>(11).fill(1_000_000), 3_600_000_000_000] },
      { durationMs: 7_200_000, sessions: 2 },
    );
    const count = dueIn(few, "measured", 1000);
    const interruption = new AbortController();
    const running = run(few, { interrupted: interruption.signal });
    await until(async () => (await rowsIn(database)) === count, "all that are due for an hour");
    interruption.abort("SIGINT");
    const measured = await running;
    expect(accountOf(measured)).toMatchObject({ due: count, started: count, neverStarted: 0 });
    expect(measured.doubts).toEqual([]);
  });
});

describe.skipIf(k6 === null)("an open loop on k6 whose sessions get no connection any more", () => {
  it("counts every arrival all the same, and decides it", async () => {
    const role = await freshRole(database.address);
    await database.connection.query(`grant insert on ledger to ${role.name}`);
    const plan = openPlanWith({ rate: 100 }, { durationMs: 1500, sessions: 3 });
    const running = run(plan, { address: role.address });
    await until(async () => (await rowsIn(database)) > 0, "a first row");
    await database.connection.query(`alter role ${role.name} nologin`);
    await database.connection.query(
      `select pg_terminate_backend(pid) from pg_catalog.pg_stat_activity
        where datname = current_database() and starts_with(application_name, 'loadgen/ledger/')`,
    );
    const measured = await running;
    const { due, started, neverStarted, finished, censored } = accountOf(measured);
    expect(due).toBe(dueIn(plan));
    expect(started + neverStarted).toBe(due);
    expect(neverStarted).toBeGreaterThan(50);
    expect([finished, censored]).toEqual([started, neverStarted]);
    expect(measured.timeline.totals.sum(countOf("committed"))).toBe(await rowsIn(database));
    await database.connection.query(`alter role ${role.name} login`);
    expect(measured.digest).toBe((await run(plan, { engine: "pg" })).digest);
    await database.connection.query(`drop owned by ${role.name}`);
    await role.drop();
  });
});
