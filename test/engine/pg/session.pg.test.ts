import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { defineScenario } from "../../../src/core/scenario.ts";
import { type Statement, statement } from "../../../src/core/step.ts";
import { execute } from "../../../src/core/transaction.ts";
import { type CommitCut, startCommitProxy } from "../../helpers/commit-proxy.ts";
import {
  append,
  Barrier,
  driven,
  ledgerDatabase,
  ledgerScenario,
  Rig,
  rowsIn,
} from "../../helpers/ledger.ts";
import { type FreshDatabase, until } from "../../helpers/postgres.ts";
import { drivers } from "./sessions.ts";

let database: FreshDatabase;

beforeEach(async () => {
  database = await ledgerDatabase();
});

afterEach(() => database.drop());

async function terminate(pids: readonly number[]): Promise<void> {
  await database.connection.query(
    "select pg_terminate_backend(pid) from unnest($1::int4[]) as pid",
    [pids],
  );
}

async function backends(): Promise<number> {
  const [row] = await database.connection.query(
    `select count(*)::int4 as count from pg_catalog.pg_stat_activity
      where datname = current_database() and starts_with(application_name, 'loadgen/ledger/')`,
  );
  return Number(row?.count);
}

/** In the middle of the run: once so many rows are committed, everybody waits at the barrier. */
function stoppingAt(rows: number) {
  const wait: Statement = statement(
    "stop-in-the-middle",
    `select pg_advisory_xact_lock_shared(1)
       from (select count(*) as rows from ledger) as seen where seen.rows >= ${rows}`,
  );
  return ledgerScenario(function* (amount) {
    yield* execute(wait);
    yield* append(amount);
  });
}

describe("sessions whose backends are terminated", () => {
  it("reconnect and go on, with everything accounted", async () => {
    const plan = { sessions: 6, transactionsPerSession: 30 };
    const barrier = await Barrier.close(database.address, 1);
    const rig = await Rig.open(database.address, { scenario: stoppingAt(20), plan });
    try {
      const driving = rig.drive();
      await barrier.untilWaiting(6);
      await terminate((await barrier.waiting()).slice(0, 4));
      // The four come back, and wait again.
      await until(() => rig.counts().reconnects === 4, "four reconnects");
      await barrier.untilWaiting(6);
      await barrier.open();
      await driving;
    } finally {
      await rig.close();
      await barrier.end();
    }
    const counts = rig.counts();
    expect(counts).toEqual({
      started: 180,
      committed: 176,
      aborted: 4,
      unknown: 0,
      censored: 0,
      retries: 0,
      reconnects: 4,
    });
    expect(rig.errors()).toEqual({ "57P01": 4 });
    expect(rig.tally().reconnectLostUs).toBeGreaterThan(0);
    expect(await rowsIn(database)).toBe(counts.committed);
    const undisturbed = await driven(database.address, { plan });
    expect(undisturbed.counts()).toMatchObject({ committed: 180, reconnects: 0 });
    expect(rig.digest).toBe(undisturbed.digest);
  });

  it("get other connections from their pool, with everything accounted", async () => {
    const plan = { sessions: 6, transactionsPerSession: 30, poolMax: 3 };
    const barrier = await Barrier.close(database.address, 1);
    const rig = await Rig.open(database.address, { scenario: stoppingAt(20), plan });
    try {
      const driving = rig.drive();
      await barrier.untilWaiting(3);
      await terminate((await barrier.waiting()).slice(0, 2));
      await until(() => rig.counts().aborted === 2, "two aborted transactions");
      await barrier.untilWaiting(3);
      await barrier.open();
      await driving;
    } finally {
      await rig.close();
      await barrier.end();
    }
    const counts = rig.counts();
    expect(counts).toMatchObject({
      started: 180,
      committed: 178,
      aborted: 2,
      unknown: 0,
      censored: 0,
      reconnects: 2,
    });
    expect(rig.errors()).toEqual({ "57P01": 2 });
    expect(await rowsIn(database)).toBe(counts.committed);
    const undisturbed = await driven(database.address, { plan: { ...plan, poolMax: null } });
    expect(rig.digest).toBe(undisturbed.digest);
  });

  it("lose no transaction where the connection died while they did nothing", async () => {
    const rig = await Rig.open(database.address, { plan: { sessions: 1 } });
    try {
      const [row] = await database.connection.query(
        "select pid from pg_catalog.pg_stat_activity where application_name = 'loadgen/ledger/0' and datname = current_database()",
      );
      await terminate([Number(row?.pid)]);
      await until(async () => (await backends()) === 0, "the end of the backend");
      await until(() => !rig.connections.isReady(0), "the farewell");
      await rig.drive();
      expect(rig.counts()).toMatchObject({ committed: 1, aborted: 0, reconnects: 1 });
    } finally {
      await rig.close();
    }
  });

  it("try for as long as there is no server to be had, and tell why", async () => {
    const proxy = await startCommitProxy(database.address.database);
    const rig = await Rig.open(proxy.address, {
      plan: { sessions: 1, transactionsPerSession: 1_000_000 },
    });
    try {
      const driving = rig.drive();
      await until(() => rig.counts().committed > 0, "a commit");
      await proxy.close();
      await until(() => (rig.tally().reconnectErrors.get("ECONNREFUSED") ?? 0) >= 3, "refusals");
      rig.stop();
      await driving;
    } finally {
      await rig.close();
    }
    const { started, committed, aborted, unknown, censored } = rig.counts();
    expect(started).toBe(committed + aborted + unknown + censored);
    expect(aborted + unknown).toBeLessThanOrEqual(1);
    const rows = await rowsIn(database);
    expect([committed, committed + unknown]).toContain(rows);
  });
});

describe.each(drivers)("a transaction whose %s connection is cut during COMMIT", (driver) => {
  it.each<[CommitCut, number | null, number]>([
    ["reply-lost", null, 3],
    ["reply-lost", 1, 3],
    ["not-forwarded", null, 2],
    ["not-forwarded", 1, 2],
  ])("is unknown and not tried again (%s, pool %s): %i rows", async (how, poolMax, rows) => {
    const proxy = await startCommitProxy(database.address.database);
    // Whatever the code of the cut, it is among those to be retried.
    const codes = ["connection-lost", "ECONNRESET", "EPIPE"];
    const retry = { codes, attemptsMax: 10, backoffMs: 1, backoffMsMax: 1 };
    const rig = await Rig.open(proxy.address, {
      scenario: ledgerScenario(append, { retry }),
      plan: { driver, sessions: 1, transactionsPerSession: 3, poolMax },
    });
    try {
      proxy.cutNext(how);
      await rig.drive();
      expect(rig.counts()).toMatchObject({
        started: 3,
        committed: 2,
        aborted: 0,
        unknown: 1,
        censored: 0,
        retries: 0,
      });
      expect(Object.keys(rig.errors())).toHaveLength(1);
      expect(codes).toContain(Object.keys(rig.errors())[0]);
      expect(await rowsIn(database)).toBe(rows);
    } finally {
      await rig.close();
      await proxy.close();
    }
  });
});

describe.each(drivers)("a transaction that takes too long at the client (%s)", (driver) => {
  it.each([null, 1])("is dropped, and its session goes on (pool %s)", async (poolMax) => {
    const sleep = statement("sleep", "select pg_sleep(600)");
    let bodies = 0;
    const scenario = ledgerScenario(function* (amount) {
      yield* append(amount);
      if (bodies++ === 0) yield* execute(sleep);
    });
    const rig = await driven(database.address, {
      scenario,
      plan: { driver, sessions: 1, transactionsPerSession: 3, timeoutMs: 1_500, poolMax },
    });
    expect(rig.counts()).toMatchObject({ started: 3, committed: 2, aborted: 1, unknown: 0 });
    expect(rig.errors()).toEqual({ "client-timeout": 1 });
    expect(rig.tally().operation("append").latency.aborted.max).toBeGreaterThanOrEqual(1_490_000);
    const [seen] = await database.connection.query(
      "select count(*)::int4 as rows, count(distinct pid)::int4 as pids from ledger",
    );
    expect(seen).toEqual({ rows: 2, pids: 1 });
  });
});

describe("the end of a run", () => {
  const holding = ledgerScenario(function* (amount) {
    yield* append(amount);
    yield { kind: "pause", ms: 3_600_000 };
  });

  it.each([null, 1])(
    "drops what still runs, and counts it as censored (pool %s)",
    async (poolMax) => {
      const rig = await Rig.open(database.address, {
        scenario: holding,
        plan: { sessions: 2, transactionsPerSession: 10, poolMax },
      });
      try {
        const driving = rig.drive();
        const inside = poolMax ?? 2;
        await until(async () => (await backends()) === inside && rig.tally().started === 2, "both");
        await until(async () => (await heldOpen()) === inside, "transactions that are held open");
        rig.stop();
        rig.drop();
        await driving;
        // On a connection that was dropped while its session paused, COMMIT was never sent.
        expect(rig.counts()).toEqual({
          started: 2,
          committed: 0,
          aborted: 0,
          unknown: 0,
          censored: 2,
          retries: 0,
          reconnects: 0,
        });
        await until(async () => (await heldOpen()) === 0, "the end of the transactions");
        expect(await rowsIn(database)).toBe(0);
      } finally {
        await rig.close();
      }
      await until(async () => (await backends()) === 0, "the end of the backends");
    },
  );

  async function heldOpen(): Promise<number> {
    const [row] = await database.connection.query(
      `select count(*)::int4 as count from pg_catalog.pg_stat_activity
        where datname = current_database() and state = 'idle in transaction'`,
    );
    return Number(row?.count);
  }

  it("comes at once when a scenario has a bug, which is thrown", async () => {
    let drawn = 0;
    const scenario = defineScenario({
      ...ledgerScenario(),
      draw(random, world, context) {
        if (drawn++ === 50) throw new TypeError("no such thing");
        return ledgerScenario().draw(random, world, context, 0);
      },
    });
    const plan = { sessions: 4, transactionsPerSession: 1_000_000 };
    const rig = await Rig.open(database.address, { scenario, plan });
    try {
      await expect(rig.drive()).rejects.toThrow("no such thing");
      expect(await rowsIn(database)).toBe(rig.counts().committed);
    } finally {
      await rig.close();
    }
  });
});
