import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { refuse } from "../../src/core/failure.ts";
import { defineScenario } from "../../src/core/scenario.ts";
import { statement } from "../../src/core/step.ts";
import { query } from "../../src/core/transaction.ts";
import { type FaultContext, nothingInForce } from "../../src/faults/fault.ts";
import { localEntries } from "../../src/faults/journal.ts";
import { poolLimit } from "../../src/faults/pool-limit.ts";
import { countOf } from "../../src/metrics/operation-tally.ts";
import { measure } from "../../src/run/measure.ts";
import type { MeasureOptions } from "../../src/run/stage.ts";
import { evidenceAround, windowSummaries } from "../../src/run/windows.ts";
import { append, ledgerDatabase, ledgerScenario, rowsIn } from "../helpers/ledger.ts";
import { measureOptions, planWith, silentListener } from "../helpers/plan.ts";
import { type FreshDatabase, until } from "../helpers/postgres.ts";
import { arm, notingFault } from "./faults/fault.ts";

let database: FreshDatabase;
let journalFolder: string;
let interruption: AbortController;
let phases: string[];

beforeEach(async () => {
  database = await ledgerDatabase();
  journalFolder = await mkdtemp(join(tmpdir(), "loadgen-measure-"));
  interruption = new AbortController();
  phases = [];
});

afterEach(async () => {
  await database.drop();
  await rm(journalFolder, { recursive: true });
});

function options(given: Partial<MeasureOptions> = {}): MeasureOptions {
  return measureOptions({
    plan: planWith(),
    scenario: ledgerScenario(),
    address: database.address,
    journalFolder,
    interrupted: interruption.signal,
    listener: {
      ...silentListener,
      phase: (text) => phases.push(text),
    },
    ...given,
  });
}

/** Nobody is connected any more but the test. */
async function untilAlone(): Promise<void> {
  await until(async () => {
    const [row] = await database.connection.query(
      `select count(*)::int4 as count from pg_catalog.pg_stat_activity
        where datname = current_database() and backend_type = 'client backend'
          and pid <> pg_backend_pid()`,
    );
    return row?.count === 0;
  }, "the end of all connections");
}

it("counts what its faults ask of the server, which is none of the sessions' doing", async () => {
  const inject = async ({ target }: FaultContext) => {
    for (let count = 0; count < 30; count++) await target.query("select 1");
    return nothingInForce;
  };
  const without = await measure(options({ armed: [arm(notingFault([]))] }));
  const asking = await measure(options({ armed: [arm(notingFault([], { inject }))] }));
  expect(asking.faultTransactions - without.faultTransactions).toBe(30);
});

describe("measuring", () => {
  it("runs every transaction that is planned, and closes what it opened", async () => {
    const measured = await measure(
      options({ plan: planWith({ sessions: 4, transactionsPerSession: 25 }) }),
    );
    expect(measured.timeline.totals.started).toBe(100);
    expect(measured.timeline.totals.sum(countOf("committed"))).toBe(100);
    expect(measured.warmup.totals.started).toBe(0);
    expect(await rowsIn(database)).toBe(100);
    await untilAlone();
  });

  it("tells who kept the cores busy in the measured time, of a server on this machine", async () => {
    const plan = planWith({ durationMs: 1_000, transactionsPerSession: null });
    const { host } = await measure(options({ plan }));
    // Elsewhere there is no /proc.
    if (process.platform === "linux") {
      expect(host?.serverCores).toBeGreaterThan(0);
      expect(host?.generatorCores).toBeGreaterThan(0);
    }
    expect((await measure(options({ plan, local: false }))).host).toBeNull();
  });

  it("drops what outlasts the grace at its end", async () => {
    const scenario = ledgerScenario(function* (amount) {
      yield* append(amount);
      yield { kind: "pause", ms: 3_600_000 };
    });
    const plan = planWith({
      sessions: 3,
      durationMs: 3_600_000,
      transactionsPerSession: null,
      graceMs: 1,
    });
    const measuring = measure(options({ scenario, plan }));
    await until(async () => (await heldOpen()) === 3, "three transactions");
    interruption.abort("SIGINT");
    const { timeline } = await measuring;
    expect(timeline.totals.started).toBe(3);
    expect(timeline.totals.sum(({ censored }) => censored.count)).toBe(3);
    await untilAlone();
    expect(await rowsIn(database)).toBe(0);
  });

  it("undoes a fault that is in force when the user ends the run, and keeps what was measured", async () => {
    const notes: string[] = [];
    const plan = planWith({ durationMs: 3_600_000, transactionsPerSession: null });
    const armed = [arm(notingFault(notes), { startMs: 0, lengthMs: 1_800_000 })];
    const measuring = measure(options({ plan, armed }));
    await until(() => phases.includes("fault in force: noting"), "the fault");
    const rows = await rowsIn(database);
    await until(async () => (await rowsIn(database)) > rows, "transactions in the fault");
    interruption.abort("SIGTERM");
    const measured = await measuring;
    expect(notes).toEqual(["prepare", "inject", 'undo {"before":"as it was"}']);
    expect(await localEntries(journalFolder)).toEqual([]);
    expect(measured.timeline.totals.sum(countOf("committed"))).toBe(await rowsIn(database));
    expect(windowSummaries(measured).map(({ name }) => name)).toContain("fault");
  });

  async function heldOpen(): Promise<number> {
    const [row] = await database.connection.query(
      `select count(*)::int4 as count from pg_catalog.pg_stat_activity
        where datname = current_database() and state = 'idle in transaction'`,
    );
    return Number(row?.count);
  }
});

describe("a run that is stopped in its warm-up", () => {
  it("has measured nothing, has no windows, and counts its warm-up all the same", async () => {
    const plan = planWith({
      warmupMs: 3_600_000,
      durationMs: 10_000,
      transactionsPerSession: null,
    });
    const notes: string[] = [];
    const armed = [
      arm(poolLimit, { parameters: { max: 1 } }),
      arm(notingFault(notes), { startMs: 0 }),
    ];
    const measuring = measure(options({ plan, armed }));
    await until(async () => (await rowsIn(database)) >= 5, "transactions in the warm-up");
    interruption.abort("SIGINT");
    const measured = await measuring;
    expect(measured.lengthMs).toBe(0);
    expect(measured.timeline.totals.started).toBe(0);
    expect(measured.warmup.totals.sum(countOf("committed"))).toBe(await rowsIn(database));
    expect(windowSummaries(measured)).toEqual([]);
    expect(measured.courses.map((course) => evidenceAround(course, measured))).toEqual([
      null,
      null,
    ]);
    // The one that was to come with the measured time never came.
    expect(notes).toEqual([]);
    expect(measured.courses.map(({ undoProblem }) => undoProblem)).toEqual([null, null]);
    await untilAlone();
  });
});

describe("a run that cannot start", () => {
  it("leaves no connection open where the scenario refuses what it reads", async () => {
    const scenario = ledgerScenario(append, {
      *prepare() {
        const rows = yield* query(statement("read", "select amount from ledger"));
        if (rows.length === 0) refuse("no-rows", "the ledger is empty");
      },
    });
    await expect(measure(options({ scenario }))).rejects.toMatchObject({
      name: "Failure",
      kind: "refused",
      code: "no-rows",
    });
    await untilAlone();
  });

  it("leaves no connection open where the server refuses what the scenario reads", async () => {
    const scenario = ledgerScenario(append, {
      *prepare() {
        yield* query(statement("read", "select amount from no_such_table"));
      },
    });
    await expect(measure(options({ scenario }))).rejects.toMatchObject({ code: "42P01" });
    await untilAlone();
  });

  it("says that its database is not there", async () => {
    const address = database.address.withDatabase("no_such_database");
    await expect(measure(options({ address }))).rejects.toMatchObject({
      name: "ServerError",
      code: "3D000",
    });
  });
});

describe("a bug in a scenario", () => {
  it("ends the run, undoes the faults and closes everything, and is thrown", async () => {
    const notes: string[] = [];
    const scenario = defineScenario({
      ...ledgerScenario(),
      draw() {
        throw new TypeError("no such thing");
      },
    });
    const plan = planWith({ durationMs: 3_600_000, transactionsPerSession: null });
    const armed = [arm(notingFault(notes))];
    await expect(measure(options({ scenario, plan, armed }))).rejects.toThrow("no such thing");
    expect(notes.at(-1)).toMatch(/^undo/);
    expect(await localEntries(journalFolder)).toEqual([]);
    await untilAlone();
  });

  it("in one transaction of one session ends all sessions", async () => {
    let drawn = 0;
    const scenario = defineScenario({
      ...ledgerScenario(),
      draw(random, world, context) {
        if (drawn++ === 50) throw new TypeError("no such thing");
        return ledgerScenario().draw(random, world, context, 0);
      },
    });
    const plan = planWith({ sessions: 4, durationMs: 3_600_000, transactionsPerSession: null });
    await expect(measure(options({ scenario, plan }))).rejects.toThrow("no such thing");
    expect(await rowsIn(database)).toBeGreaterThan(0);
    await untilAlone();
  });
});
