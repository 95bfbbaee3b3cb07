/** An open loop from its first arrival to its last, on a real server. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Plan } from "../../src/core/plan.ts";
import type { Planned } from "../../src/core/scenario.ts";
import { statement } from "../../src/core/step.ts";
import { execute } from "../../src/core/transaction.ts";
import type { Histogram } from "../../src/metrics/histogram.ts";
import { countOf } from "../../src/metrics/operation-tally.ts";
import type { RunSample } from "../../src/run/listener.ts";
import { type Measured, measure } from "../../src/run/measure.ts";
import type { MeasureOptions } from "../../src/run/stage.ts";
import { append, ledgerDatabase, ledgerScenario, rowsIn } from "../helpers/ledger.ts";
import { measureOptions, openPlanWith } from "../helpers/plan.ts";
import type { FreshDatabase } from "../helpers/postgres.ts";
import { accountOf, digestOf, dueIn, plannedOf } from "./arrivals.ts";

let database: FreshDatabase;
let journalFolder: string;
let samples: RunSample[];

beforeEach(async () => {
  database = await ledgerDatabase();
  journalFolder = await mkdtemp(join(tmpdir(), "loadgen-open-loop-"));
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

function amountsOf(planned: readonly Planned[]): readonly number[] {
  return planned.map(({ inputs }) => Number(inputs[0])).sort((one, other) => one - other);
}

async function amountsIn(database: FreshDatabase): Promise<readonly number[]> {
  const rows = await database.connection.query("select amount from ledger order by amount");
  return rows.map((row) => Number(row.amount));
}

/** Microseconds, of all that were recorded. */
function sum({ count, mean }: Histogram): number {
  return count * (mean ?? 0);
}

describe("an open loop", () => {
  it("runs exactly the arrivals that are due, whichever session takes them", async () => {
    const plan = openPlanWith({ rate: 150 }, { sessions: 4 });
    const measured = await run(plan);
    const { due, started, neverStarted, finished } = accountOf(measured);
    expect(due).toBe(dueIn(plan));
    expect(started + neverStarted).toBe(due);
    expect(finished).toBe(started);
    expect(measured.timeline.totals.sum(countOf("committed"))).toBe(started);
    expect(await rowsIn(database)).toBe(started);
    // Nothing but a machine that stands still keeps any of them from starting.
    expect(started).toBeGreaterThan(100);
    const [sessions] = await database.connection.query(
      "select count(distinct session)::int4 as count from ledger",
    );
    expect(sessions?.count).toBeGreaterThan(1);
  });

  it("offers in each second what is due in it", async () => {
    const plan = openPlanWith({ rate: 200 }, { durationMs: 1500 });
    const { offered } = await run(plan);
    const [first, ...rest] = samples;
    expect(first?.offered).toBe(dueIn(plan, "measured", 1000));
    expect(samples.reduce((total, sample) => total + sample.offered, 0)).toBe(dueIn(plan));
    expect(rest).toHaveLength(1);
    expect(offered?.waiting).toEqual(samples.map(({ waiting }) => waiting));
  });

  it("draws what an arrival does from a stream that its number is the key of", async () => {
    const plan = openPlanWith({ rate: 200 }, { durationMs: 400, sessions: 3 });
    const { started } = accountOf(await run(plan));
    expect(started).toBeGreaterThan(40);
    expect(await amountsIn(database)).toEqual(amountsOf(plannedOf(plan, "measured", started)));
  });

  it("decides the same whoever runs it, and whether anybody could start it or not", async () => {
    const plan = openPlanWith({ rate: 2000 }, { durationMs: 200 });
    const expected = digestOf(plan, dueIn(plan));
    const slow = ledgerScenario(function* (amount) {
      yield* execute(statement("sleep", "select pg_sleep(0.05)"));
      yield* append(amount);
    });
    for (const given of [{ sessions: 4 }, { sessions: 16 }, { sessions: 16, poolMax: 2 }]) {
      expect((await run({ ...plan, ...given })).digest).toBe(expected);
    }
    const starved = await run({ ...plan, sessions: 1 }, { scenario: slow });
    expect(accountOf(starved).neverStarted).toBeGreaterThan(300);
    expect(starved.digest).toBe(expected);
    expect((await run({ ...plan, seed: 54321 })).digest).not.toBe(expected);
  });

  it("loses none at its very end, however close together they come", async () => {
    const plan = openPlanWith(
      { rate: 10_000, distribution: "constant" },
      { durationMs: 50, sessions: 20 },
    );
    for (let time = 0; time < 5; time++) {
      const measured = await run(plan);
      const { due, started, neverStarted } = accountOf(measured);
      expect(due).toBe(499);
      expect(started + neverStarted).toBe(499);
      expect(measured.digest).toBe(digestOf(plan, 499));
    }
  });

  it("has a warm-up at the same rate, outside of counts and digest", async () => {
    const plan = openPlanWith({ rate: 200 }, { warmupMs: 500, durationMs: 500 });
    const measured = await run(plan);
    const warmedUp = measured.warmup.totals.started;
    expect(warmedUp).toBeGreaterThan(50);
    expect(warmedUp).toBeLessThanOrEqual(dueIn(plan, "warmup"));
    const { due, started, neverStarted } = accountOf(measured);
    expect(due).toBe(dueIn(plan));
    expect(started + neverStarted).toBe(due);
    expect(measured.digest).toBe(digestOf(plan, dueIn(plan)));
    expect(await amountsIn(database)).toEqual(
      amountsOf([...plannedOf(plan, "warmup", warmedUp), ...plannedOf(plan, "measured", started)]),
    );
  });

  it("ends with as many transactions as are planned, all of them run", async () => {
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
    expect(measured.digest).toBe(digestOf(plan, 40));
    expect(await rowsIn(database)).toBe(40);
  });
});

/** Takes so long, and appends. */
function sleeping(ms: number) {
  const sleep = statement("sleep", `select pg_sleep(${ms / 1000})`);
  return ledgerScenario(function* (amount) {
    yield* execute(sleep);
    yield* append(amount);
  });
}

describe("an open loop that is offered more than it can do", () => {
  it("counts what never started, with the time that it had waited by the end", async () => {
    const plan = openPlanWith({ rate: 100, distribution: "constant" }, { sessions: 1 });
    const measured = await run(plan, { scenario: sleeping(50) });
    const { due, started, neverStarted, finished, censored } = accountOf(measured);
    expect(due).toBe(99);
    expect(started + neverStarted).toBe(due);
    expect(finished).toBe(started);
    expect(started).toBeLessThanOrEqual(20);
    expect(censored).toBe(neverStarted);
    // They were due each 10 ms, the first of them so long before the end.
    const { censored: waited } = measured.timeline.totals.operation("append");
    expect(waited.max).toBeGreaterThanOrEqual(neverStarted * 10_000);
    expect(measured.offered?.waiting.at(-1)).toBe(neverStarted);
    expect(await rowsIn(database)).toBe(started);
  });

  it("has a queue that grows, second by second", async () => {
    const plan = openPlanWith({ rate: 50 }, { sessions: 1, durationMs: 2500 });
    const { offered } = await run(plan, { scenario: sleeping(200) });
    const [first = 0, second = 0, last = 0] = offered?.waiting ?? [];
    expect(first).toBeGreaterThan(0);
    expect(second).toBeGreaterThan(first);
    expect(last).toBeGreaterThan(second);
  });

  it("tells the wait for a free session and the service apart, and the latency from the planned start", async () => {
    // The first takes half a second, in which fifty more become due.
    const stall = statement(
      "stall",
      "select pg_sleep(case when exists (select from ledger) then 0 else 0.5 end)",
    );
    const scenario = ledgerScenario(function* (amount) {
      yield* execute(stall);
      yield* append(amount);
    });
    const plan = openPlanWith({ rate: 100, distribution: "constant" }, { sessions: 1 });
    const measured = await run(plan, { scenario });
    const seen = measured.timeline.totals.operation("append");
    // Due at 10 ms, 20 ms and so on, where nothing but the first starts before 510 ms.
    const waits = Array.from({ length: 49 }, (_, index) => 510 - 10 * (index + 2));
    const waitedUs = waits.reduce((total, ms) => total + ms, 0) * 1000;
    expect(sum(seen.queueWait) + sum(seen.censored)).toBeGreaterThanOrEqual(waitedUs);
    expect(sum(seen.latencyToTell())).toBeGreaterThanOrEqual(waitedUs + 500_000);
    expect(seen.service.max).toBeGreaterThanOrEqual(500_000);
    const { count } = seen.latency.committed;
    expect([seen.queueWait.count, seen.poolWait.count, seen.service.count]).toEqual(
      Array(3).fill(count),
    );
    const partsUs = sum(seen.queueWait) + sum(seen.poolWait) + sum(seen.service);
    // Each is rounded to a whole microsecond.
    expect(sum(seen.latency.committed)).toBeGreaterThanOrEqual(partsUs - 2 * count);
  });

  it("tells the wait for a connection apart from both", async () => {
    const plan = openPlanWith({ rate: 100 }, { sessions: 4, poolMax: 1 });
    const measured = await run(plan, { scenario: sleeping(50) });
    const { poolWait, service, queueWait } = measured.timeline.totals.operation("append");
    expect(service.percentile(1)).toBeGreaterThanOrEqual(50_000);
    // Once all four have a transaction, each waits for those of the three others.
    expect(poolWait.max).toBeGreaterThanOrEqual(150_000);
    expect(queueWait.max).toBeGreaterThan(0);
    expect(measured.inUseMax).toBe(1);
  });
});
