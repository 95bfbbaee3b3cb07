/** Sessions in two threads, from what they read before the run to their last connection. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Failure } from "../../../src/core/failure.ts";
import type { Plan } from "../../../src/core/plan.ts";
import { transactionStream } from "../../../src/core/random.ts";
import type { Scenario } from "../../../src/core/scenario.ts";
import { sqlScenario } from "../../../src/core/sql-scenario.ts";
import { countOf } from "../../../src/metrics/operation-tally.ts";
import { type Measured, measure } from "../../../src/run/measure.ts";
import type { MeasureOptions } from "../../../src/run/stage.ts";
import { Address } from "../../../src/server/address.ts";
import { ServerError } from "../../../src/server/connection.ts";
import { Barrier, ledgerDatabase, ledgerScenario, rowsIn } from "../../helpers/ledger.ts";
import {
  contextOf,
  measureOptions,
  openPlanWith,
  planWith,
  silentListener,
} from "../../helpers/plan.ts";
import { type FreshDatabase, until } from "../../helpers/postgres.ts";
import { freshRole } from "../../helpers/role.ts";
import { accountOf } from "../../run/arrivals.ts";

let database: FreshDatabase;
let folder: string;
let portsBefore: number;

beforeEach(async () => {
  portsBefore = portsOpen();
  database = await ledgerDatabase();
  folder = await mkdtemp(join(tmpdir(), "loadgen-threads-"));
});

afterEach(async () => {
  await database.drop();
  await rm(folder, { recursive: true });
});

/** Appends what it draws, once the barrier of key 1 is open. */
const appendSql = `-- \\set amount random(1, 1000000)
  begin;
  select pg_advisory_xact_lock_shared(1);
  insert into ledger values (:amount, pg_backend_pid(), current_setting('application_name'));
  commit;`;

function scenarioOf(sql: string): Scenario {
  const scenario = sqlScenario("ledger", sql);
  if (!scenario.ok) throw new Error(scenario.problems.join());
  return scenario.value;
}

/** Threads read the scenario from the file; this one has it already. */
async function runSql(
  given: Partial<Plan>,
  { sql = appendSql, ...options }: Partial<MeasureOptions> & { readonly sql?: string } = {},
): Promise<Measured> {
  const file = join(folder, "ledger.sql");
  await writeFile(file, sql);
  return run(planWith({ ...given, scenario: file }), { scenario: scenarioOf(sql), ...options });
}

/** By two threads, of a scenario that does this before the run, and in each draw. */
async function runTs(
  { prepare = "", draw = "" }: { readonly prepare?: string; readonly draw?: string },
  given: Partial<Plan> = {},
): Promise<Measured> {
  const text = `
    import { atomically, defaultRetry, defineScenario, execute, refuse, statement } from "loadgen";
    const append = statement("append", "insert into ledger values ($1, pg_backend_pid(), 'me')");
    export const ledger = defineScenario({
      name: "ledger", summary: "appends", system: null, operations: ["append"],
      defaults: { sessions: 2, thinkMs: [0, 0] }, options: {}, retry: defaultRetry, thresholds: {},
      *prepare() { ${prepare} },
      draw(random, _world, context) {
        const amount = random.below(1_000_000);
        ${draw}
        const steps = () => atomically(context, () => execute(append, amount));
        return { operation: "append", inputs: [amount], steps };
      },
    });`;
  const file = join(folder, "ledger.ts");
  await writeFile(file, text);
  const plan = planWith({ ...given, workers: 2, scenario: file });
  // This thread only knows its name.
  return run(plan, { scenario: ledgerScenario() });
}

function run(plan: Plan, given: Partial<MeasureOptions> & Pick<MeasureOptions, "scenario">) {
  const there = { address: database.address, journalFolder: folder };
  return measure(measureOptions({ plan, ...there, ...given }));
}

const itself = (error: unknown) => error;
const endless = { durationMs: 3_600_000, transactionsPerSession: null };

/** One a thread. */
function portsOpen(): number {
  return process.getActiveResourcesInfo().filter((kind) => kind === "MessagePort").length;
}

/** Nobody is connected any more but the test, and no thread is there that was not before. */
async function untilNothingRuns(): Promise<void> {
  await until(async () => {
    const [row] = await database.connection.query(
      `select count(*)::int4 as count from pg_catalog.pg_stat_activity
        where datname = current_database() and backend_type = 'client backend'
          and pid <> pg_backend_pid()`,
    );
    return row?.count === 0 && portsOpen() === portsBefore;
  }, "the end of all connections and threads");
}

describe("two threads", () => {
  it("decide what one decides, count what the table has, and close what they opened", async () => {
    const plan = { sessions: 5, transactionsPerSession: 8, warmupMs: 200 };
    const intervals: number[] = [];
    const measured = await runSql(
      { ...plan, workers: 2 },
      {
        listener: {
          ...silentListener,
          interval: ({ tally }) => intervals.push(tally.sum(countOf("committed"))),
        },
      },
    );
    const { totals } = measured.timeline;
    expect([totals.started, totals.sum(countOf("committed"))]).toEqual([40, 40]);
    expect(totals.statement("ledger-2").count).toBe(40);
    expect(intervals.reduce((sum, count) => sum + count, 0)).toBe(40);
    const rows = await rowsIn(database);
    expect(rows).toBe(measured.warmup.totals.started + 40);
    // And one for the start of each connection.
    expect(measured.transactionsEnded).toBe(rows + 5);
    const connected = await database.connection.query(
      "select session from ledger group by 1 having count(distinct pid) = 1 order by 1",
    );
    const names = [0, 1, 2, 3, 4].map((number) => `loadgen/ledger/${number}`);
    expect(connected.map(({ session }) => session)).toEqual(names);
    expect(measured.threads).toHaveLength(2);
    await untilNothingRuns();
    const alone = await runSql(plan);
    expect(alone.threads).toHaveLength(1);
    expect(measured.digest).toBe(alone.digest);
    expect((await runSql({ ...plan, workers: 2, seed: 54321 })).digest).not.toBe(alone.digest);
  });

  it("drop what outlasts the grace", async () => {
    const barrier = await Barrier.close(database.address, 1);
    const interruption = new AbortController();
    try {
      const plan = { ...endless, sessions: 4, workers: 2, graceMs: 1 };
      const running = runSql(plan, { interrupted: interruption.signal });
      await barrier.untilWaiting(4);
      interruption.abort("SIGINT");
      expect(portsOpen()).toBe(portsBefore + 2);
      const { timeline, inUseMax } = await running;
      expect(timeline.totals.started).toBe(4);
      expect(timeline.totals.sum(({ censored }) => censored.count)).toBe(4);
      expect(inUseMax).toBe(4);
    } finally {
      await barrier.end();
    }
    await untilNothingRuns();
    expect(await rowsIn(database)).toBe(0);
  });
});

describe("an open loop over two threads", () => {
  it("runs each arrival exactly once", async () => {
    const length = { durationMs: null, transactionsPerSession: 10 };
    const plan = openPlanWith({ rate: 500 }, { ...length, sessions: 4 });
    const barrier = await Barrier.close(database.address, 1);
    let measured: Measured;
    try {
      const running = runSql({ ...plan, workers: 2 });
      // Each session has one of them then, so both threads have.
      await barrier.untilWaiting(4);
      await barrier.open();
      measured = await running;
    } finally {
      await barrier.end();
    }
    const { due, started, finished } = accountOf(measured);
    expect([due, started, finished]).toEqual([40, 40, 40]);
    const drawn = Array.from({ length: 40 }, (_, number) => {
      const stream = transactionStream(plan.seed, "measured", "arrival", number);
      return scenarioOf(appendSql).draw(stream, undefined, contextOf(plan), 0).inputs[0];
    });
    const rows = await database.connection.query("select amount from ledger");
    expect(rows.map(({ amount }) => amount).sort()).toEqual(drawn.sort());
    expect(measured.digest).toBe((await runSql(plan)).digest);
  });

  it("accounts once for those that never started", async () => {
    const plan = openPlanWith({ rate: 1000 }, { durationMs: 300, sessions: 2 });
    const sql = "select pg_sleep(0.1)";
    const measured = await runSql({ ...plan, workers: 2 }, { sql });
    const { due, started, neverStarted } = accountOf(measured);
    expect(started + neverStarted).toBe(due);
    expect(neverStarted).toBeGreaterThan(100);
    expect(measured.digest).toBe((await runSql(plan, { sql })).digest);
  });
});

describe("what goes wrong in a thread", () => {
  it("is a Failure where the scenario refuses what it reads", async () => {
    const prepare = 'refuse("no-rows", "there are none");';
    const failure = await runTs({ prepare }).catch(itself);
    expect(failure).toBeInstanceOf(Failure);
    expect(failure).toMatchObject({ kind: "refused", code: "no-rows", message: "there are none" });
    await untilNothingRuns();
  });

  it.each([
    ["server", "ECONNREFUSED", () => Address.from("postgresql://nobody@127.0.0.1:1/gone", {})],
    ["database", "3D000", () => database.address.withDatabase("no_such_database")],
  ])("is a ServerError where the %s is gone", async (_, code, addressOf) => {
    const failure = await runSql({ workers: 2 }, { address: addressOf() }).catch(itself);
    expect(failure).toBeInstanceOf(ServerError);
    expect(failure).toMatchObject({ code });
    await untilNothingRuns();
  });

  it("is a ServerError where only some of the connections can be opened", async () => {
    const role = await freshRole(database.address, "connection limit 3");
    try {
      const { address } = role;
      const failure = await runSql({ workers: 2, sessions: 8 }, { address }).catch(itself);
      expect(failure).toBeInstanceOf(ServerError);
      expect(failure).toMatchObject({ code: "53300" });
      await untilNothingRuns();
    } finally {
      await role.drop();
    }
  });

  /** In its 21st transaction, and there alone, one of four sessions, which would run for ever, does this. */
  function runUntil(what: string): Promise<unknown> {
    const stream = transactionStream(planWith().seed, "measured", 1, 20);
    const draw = `if (amount === ${stream.below(1_000_000)}) ${what}`;
    return runTs({ draw }, { ...endless, sessions: 4 }).catch(itself);
  }

  it("stops the others with a bug in one session, whose message and place arrive", async () => {
    const bug = (await runUntil('throw new TypeError("no such thing");')) as Error;
    expect(bug.message).toBe("no such thing");
    expect(bug.stack).toMatch(/no such thing\n +at Object\.draw /);
    expect(await rowsIn(database)).toBeGreaterThanOrEqual(20);
    await untilNothingRuns();
  });

  it("stops the others where it is the end of that thread", async () => {
    const failure = await runUntil('setImmediate(() => { throw new Error("out of the blue"); });');
    const message = "a thread that drives sessions failed: out of the blue";
    expect(failure).toMatchObject({ message });
    await untilNothingRuns();
  });
});
