import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  type CounterSnapshot,
  deadlocksBetween,
  readCounters,
  serverPerTransaction,
} from "../../../src/observe/snapshots/counters.ts";
import { totalOf } from "../../../src/observe/tables.ts";
import { until } from "../../helpers/postgres.ts";
import { World } from "../sessions.ts";

describe("counters of a PostgreSQL 18", () => {
  let world: World;
  beforeEach(async () => {
    world = await World.open();
    await world.database.connection.script(
      "create table public.account (id int primary key, balance int not null)",
    );
  });
  afterEach(() => world.close());

  function look(): Promise<CounterSnapshot> {
    return readCounters(world.database.connection);
  }

  it("are complete", async () => {
    const counters = await look();
    expect(counters.version).toMatch(/^18/);
    expect(counters.missing).toEqual([]);
    expectParts(counters);
    expect(counters.checkpointer?.num_timed).toEqual(expect.any(Number));
  });

  it("give what a transaction cost", async () => {
    const before = await look();
    const session = await world.session();
    await session.query("insert into public.account select i, 0 from generate_series(1, 100) i");
    for (let index = 0; index < 4; index++) {
      await session.query("update public.account set balance = balance + 1");
    }
    await session.close();
    await until(async () => {
      const { tables } = await look();
      return tables?.total.updated === 400;
    }, "the statistics have 400 updates");

    const after = await look();
    const cost = serverPerTransaction(before, after, 5);
    expect(cost.deadTuples).toBe(80);
    expect(cost.walBytes).toBeGreaterThan(1000);
    expect(cost.walRecords).toBeGreaterThan(100);
    expect(cost.walFullPages).toBeGreaterThanOrEqual(0);
    expect(cost.buffersHit).toBeGreaterThan(10);
    expect(cost.buffersRead).toBeGreaterThanOrEqual(0);
    expect(deadlocksBetween(before, after)).toBe(0);
  });

  it("give no cost where nothing was committed, or nothing was readable", async () => {
    const counters = await look();
    const wal = { walBytes: null, walRecords: null, walFullPages: null };
    const nothing = { ...wal, deadTuples: null, buffersHit: null, buffersRead: null };
    expect(serverPerTransaction(counters, counters, 0)).toEqual(nothing);
    const blind = { ...counters, database: null, walPositionBytes: null, wal: null, tables: null };
    expect(serverPerTransaction(blind, counters, 1)).toEqual(nothing);
    expect(deadlocksBetween(counters, blind)).toBeNull();
  });

  it("give no figures across a reset of the database's statistics", async () => {
    const before = await look();
    await world.database.connection.query("select pg_stat_reset()");
    const after = await look();
    expect(deadlocksBetween(before, after)).toBeNull();
    expect(serverPerTransaction(before, after, 1).buffersHit).toBeNull();
  });

  it("count a deadlock", async () => {
    const before = await look();
    const [one, other] = [await world.session(), await world.session()];
    await one.script("begin; select pg_advisory_xact_lock(1)");
    await other.script("begin; select pg_advisory_xact_lock(2)");
    const codes = await Promise.allSettled([
      one.query("select pg_advisory_xact_lock(2)"),
      other.query("select pg_advisory_xact_lock(1)"),
    ]);
    expect(codes.filter(({ status }) => status === "rejected")).toHaveLength(1);
    // A backend hands over its counts when it leaves, at the latest.
    await Promise.all([one.close(), other.close()]);
    await until(async () => deadlocksBetween(before, await look()) === 1, "one deadlock");
  });

  it("name what a role may not read, and go on", async () => {
    const { connection } = world.database;
    const role = `reader_${String(Math.floor(performance.now()))}_${String(process.pid)}`;
    await connection.script(`
      revoke select on pg_catalog.pg_stat_wal from public;
      create role ${role}; set role ${role}`);
    try {
      const counters = await look();
      expect(counters.missing).toMatchObject([{ part: "pg_stat_wal", code: "42501" }]);
      expect(counters.wal).toBeNull();
      expect(counters.database).not.toBeNull();
    } finally {
      await connection.script(`reset role; drop role ${role}`);
    }
  });

  it("fail on a connection that is gone", async () => {
    const session = await world.session();
    await session.close();
    await expect(readCounters(session)).rejects.toThrow();
  });
});

function expectParts(counters: CounterSnapshot): void {
  expect(counters.takenAt).toMatch(/^20\d\d-\d\d-\d\dT.*Z$/);
  expect(counters.database?.xact_commit).toEqual(expect.any(Number));
  expect(counters.database?.blks_hit).toEqual(expect.any(Number));
  expect(counters.walPositionBytes).toBeGreaterThan(0);
  expect(counters.wal?.wal_bytes).toEqual(expect.any(Number));
  expect(counters.backgroundWriter?.buffers_alloc).toEqual(expect.any(Number));
  expect(counters.tables?.total).toEqual(totalOf(counters.tables?.leaves ?? []));
}
