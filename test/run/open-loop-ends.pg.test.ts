/** Open loops that end before their time, or whose sessions do. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Plan } from "../../src/core/plan.ts";
import { defineScenario } from "../../src/core/scenario.ts";
import { countOf } from "../../src/metrics/operation-tally.ts";
import type { RunSample } from "../../src/run/listener.ts";
import { type Measured, measure } from "../../src/run/measure.ts";
import type { MeasureOptions } from "../../src/run/stage.ts";
import {
  append,
  Barrier,
  ledgerDatabase,
  ledgerScenario,
  pass,
  rowsIn,
} from "../helpers/ledger.ts";
import { measureOptions, openPlanWith } from "../helpers/plan.ts";
import { type FreshDatabase, until } from "../helpers/postgres.ts";
import { freshRole } from "../helpers/role.ts";
import { accountOf, digestOf, dueIn } from "./arrivals.ts";

let database: FreshDatabase;
let journalFolder: string;
let samples: RunSample[];

beforeEach(async () => {
  database = await ledgerDatabase();
  journalFolder = await mkdtemp(join(tmpdir(), "loadgen-open-loop-ends-"));
  samples = [];
});

afterEach(async () => {
  await database.drop();
  await rm(journalFolder, { recursive: true });
});

function run(plan: Plan, given: Partial<MeasureOptions> = {}): Promise<Measured> {
  const { listener, ...options } = measureOptions({
    plan,
    scenario: ledgerScenario(),
    address: database.address,
    journalFolder,
    ...given,
  });
  return measure({ ...options, listener: { ...listener, sample: (one) => samples.push(one) } });
}

describe("an open loop that is interrupted", () => {
  /** Some arrivals within some milliseconds, and then none for an hour. */
  const few = openPlanWith(
    { rate: 1000, gapMillionths: [...Array<number>(11).fill(1_000_000), 3_600_000_000_000] },
    { durationMs: 7_200_000, sessions: 2 },
  );
  const count = dueIn(few, "measured", 1000);

  it("has offered what was due by then, and decided no more", async () => {
    const interruption = new AbortController();
    const running = run(few, { interrupted: interruption.signal });
    await until(async () => (await rowsIn(database)) === count, "all that are due for an hour");
    interruption.abort("SIGINT");
    const measured = await running;
    expect(count).toBeGreaterThan(2);
    expect(accountOf(measured)).toEqual({
      due: count,
      started: count,
      neverStarted: 0,
      finished: count,
      censored: 0,
    });
    expect(measured.digest).toBe(digestOf(few, count));
  });

  it("counts what was due and had not started", async () => {
    const barrier = await Barrier.close(database.address, 1);
    const scenario = ledgerScenario(function* (amount) {
      yield* pass(1);
      yield* append(amount);
    });
    const interruption = new AbortController();
    try {
      const running = run(few, { scenario, interrupted: interruption.signal });
      await barrier.untilWaiting(2);
      await until(() => samples[0]?.offered === count, "the first second");
      interruption.abort("SIGINT");
      await barrier.open();
      const measured = await running;
      expect(accountOf(measured)).toEqual({
        due: count,
        started: 2,
        neverStarted: count - 2,
        finished: 2,
        censored: count - 2,
      });
      expect(measured.offered?.waiting.at(-1)).toBe(count - 2);
      expect(measured.digest).toBe(digestOf(few, count));
    } finally {
      await barrier.end();
    }
  });

  it("by a bug in its scenario ends at once, and throws it", async () => {
    let drawn = 0;
    const scenario = defineScenario({
      ...ledgerScenario(),
      draw(random, world, context) {
        if (++drawn === count) throw new TypeError("no such thing");
        return ledgerScenario().draw(random, world, context, 0);
      },
    });
    await expect(run(few, { scenario })).rejects.toThrow("no such thing");
    expect(await rowsIn(database)).toBeLessThan(count);
  });

  it("within its warm-up has offered nothing", async () => {
    const plan = openPlanWith({ rate: 100 }, { warmupMs: 3_600_000 });
    const interruption = new AbortController();
    const running = run(plan, { interrupted: interruption.signal });
    await until(async () => (await rowsIn(database)) >= 5, "transactions in the warm-up");
    interruption.abort("SIGINT");
    const measured = await running;
    expect(accountOf(measured)).toMatchObject({ due: 0, started: 0, neverStarted: 0 });
    expect(measured.warmup.totals.started).toBe(await rowsIn(database));
  });
});

describe("an open loop whose sessions get no connection any more", () => {
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
    expect(measured.timeline.totals.reconnectErrors.get("28000")).toBeGreaterThan(0);
    expect(measured.digest).toBe(digestOf(plan, dueIn(plan)));
    await database.connection.query(`drop owned by ${role.name}`);
    await role.drop();
  });
});
