import { afterEach, beforeEach, expect, it } from "vitest";
import { serverPerTransaction } from "../../../src/observe/snapshots/counters.ts";
import {
  activityPerTransaction,
  type ServerActivity,
  serverActivityBetween,
} from "../../../src/observe/snapshots/server-activity.ts";
import {
  type Snapshot,
  snapshotAfter,
  snapshotBefore,
} from "../../../src/observe/snapshots/snapshot.ts";
import type { Address } from "../../../src/server/address.ts";
import { Connection } from "../../../src/server/connection.ts";
import { onEachServer } from "../../faults/in-run.ts";
import { type FreshDatabase, freshDatabase, until } from "../../helpers/postgres.ts";
import { freshRole } from "../../helpers/role.ts";

/** A tree of four children, of which the third stays empty; `pay` writes to it. */
const schema = `
  create schema s;
  create table s.account (id int, branch int, balance int not null, note text)
    partition by list (branch);
  create table s.account_0 partition of s.account for values in (0);
  create table s.account_1 partition of s.account for values in (1);
  create table s.account_2 partition of s.account for values in (2);
  create table s.account_3 partition of s.account for values in (3);
  create index account_id on s.account (id);
  insert into s.account select i, case when i <= 700 then 0 when i <= 900 then 1 else 3 end, 0, ''
    from generate_series(1, 1000) i;
  create function s.pay(wanted int) returns void language plpgsql as $$
  begin
    update s.account set balance = balance + 1 where id = wanted;
  end $$;
`;

onEachServer((server) => {
  let database: FreshDatabase;
  beforeEach(async () => {
    database = await freshDatabase(server().address);
    await database.connection.script(schema);
    // A backend hands over its counts as it leaves, at the latest: after a vacuum they would count twice.
    await database.connection.close();
    await ask((connection) => connection.query("vacuum analyze s.account"));
  });
  afterEach(() => database.drop());

  async function pay(times: number): Promise<void> {
    await Connection.use(database.address, "loadgen/test/1", async (session) => {
      for (let time = 1; time <= times; time++) {
        await session.query("select s.pay($1) /* loadgen:pay */", [time]);
      }
    });
  }

  function ask<T>(work: (connection: Connection) => Promise<T>): Promise<T> {
    return Connection.use(database.address, "loadgen/test", work);
  }

  async function around(
    work: () => Promise<void>,
  ): Promise<{ before: Snapshot; after: Snapshot; activity: ServerActivity }> {
    const before = await snapshotBefore(database.address, true);
    await work();
    const after = await snapshotAfter(database.address, before.missing);
    return { before, after, activity: serverActivityBetween(before, after) };
  }

  it("tells what was done, by statement, function, table, index and partition", async () => {
    const { before, after, activity } = await around(() => pay(50));
    const isNew = before.version.startsWith("18");
    expect(before.missing.map(({ part }) => part).sort()).toEqual(
      isNew ? [] : ["pg_stat_checkpointer", "pg_stat_io"],
    );
    expect(activity.gaps).toEqual([]);
    expect(activity.statements?.top).toMatchObject([
      { operation: "pay", query: "select s.pay($1)", calls: 50, rows: 50 },
    ]);
    expect(activity.statements?.top[0]?.totalMs).toBeGreaterThan(0);
    expect(activity.statements?.top[0]?.perCall.sharedHit).toBeGreaterThan(1);
    expect(activity.statements?.top[0]?.perCall.walBytes).toBeGreaterThan(40);
    expect(activity.functions).toMatchObject([{ function: "s.pay", calls: 50 }]);
    expect(activity.functions?.[0]?.selfMs).toBeGreaterThan(0);
    const [table] = activity.tables ?? [];
    expect(table).toMatchObject({ table: "s.account", children: 4, updated: 50, inserted: 0 });
    expect(table?.hotShare).toBeGreaterThan(0);
    expect(table?.heap.hit).toBeGreaterThan(50);
    const [index] = activity.indexes ?? [];
    expect(index).toMatchObject({ index: "s.account_id", table: "s.account", children: 4 });
    expect(index?.bytes?.before).toBeGreaterThan(8192);
    expect(index?.leafDensity.before).toBeGreaterThan(10);
    expect(activity.space.map(({ child }) => child)).toEqual(
      [0, 1, 2, 3].map((child) => `s.account_${child}`),
    );
    expect(activity.space[0]?.before).toMatchObject({ deadRows: 0 });
    expect(after.io === null).toBe(!isNew);
    expect(activity.partitions).toMatchObject([
      {
        table: "s.account",
        before: { children: 4, used: 3, rows: 1000, fullestToMean: 2.8 },
        after: {
          used: 3,
          leaves: expect.arrayContaining([{ child: "s.account_2", rows: 0 }]) as unknown,
        },
      },
    ]);
    const each = activityPerTransaction(before, after, 50);
    expect(each.functionUs).toBeGreaterThan(0);
    expect(each.hotShare).toBe(table?.hotShare);
    expect(each.tableBytesGrown).toBe((table?.tableBytes?.grown ?? Number.NaN) / 50);
  });

  it("has nothing of its own in the difference", async () => {
    // Enough that reading it would show: a snapshot looks into all of it.
    await ask(async (connection) => {
      // Autovacuum would read it, too.
      await connection.query("alter table s.account_0 set (autovacuum_enabled = off)");
      await connection.query(`insert into s.account select i, 0, 0, repeat('x', 500)
        from generate_series(1, 20000) i`);
    });
    const { before, after, activity } = await around(() => Promise.resolve());
    const cost = serverPerTransaction(before, after, 1);
    // A table of 1400 blocks and its index were read twice, and two extensions were made.
    expect(cost.buffersHit).toBeLessThan(1000);
    expect(cost.buffersRead).toBeLessThan(300);
    expect(cost.walBytes).toBeLessThan(50_000);
    expect(activity.tables?.[0]?.heap).toEqual({ hit: 0, read: 0 });
    expect(activity.statements?.top).toEqual([]);
    const space = after.space.tables.find(({ name }) => name === "s.account_0");
    expect(space?.found.table_len).toBeGreaterThan(1000 * 8192);
  });

  it("says that counts were reset in between, and gives no wrong difference", async () => {
    const { activity, after, before } = await around(async () => {
      await pay(5);
      await ask((connection) => connection.query("select pg_stat_reset()"));
      await pay(5);
      await ask((connection) => connection.query("select pg_stat_statements_reset()"));
    });
    expect(activity.gaps).toEqual([
      "the database's counts were reset in between (pg_stat_reset)",
      "pg_stat_statements was reset in between: what statements cost is not known",
    ]);
    expect(activity).toMatchObject({
      statements: null,
      functions: null,
      tables: null,
      indexes: null,
    });
    // Sizes are no counts.
    expect(activityPerTransaction(before, after, 5)).toMatchObject({
      functionUs: null,
      hotShare: null,
      indexBytesGrown: 0,
    });
    expect(serverPerTransaction(before, after, 5).deadTuples).toBeNull();
  });

  it("says that statements of one database, and the counts of one kind of table, were reset", async () => {
    const { activity, before, after } = await around(async () => {
      await pay(5);
      await ask((connection) =>
        connection.query(`select pg_stat_statements_reset(0, oid, 0) from pg_database
          where datname = current_database()`),
      );
      await ask((connection) =>
        connection.query("select pg_stat_reset_single_table_counters('s.account_0'::regclass)"),
      );
      await pay(7);
    });
    expect(activity.statements).toBeNull();
    expect(activity.gaps).toEqual([
      "the database's counts were reset in between (pg_stat_reset)",
      "pg_stat_statements was reset in between: what statements cost is not known",
    ]);
    expect(serverPerTransaction(before, after, 5).deadTuples).toBeNull();
  });

  it("says that the counts of reads and writes were reset", async () => {
    const { activity, after } = await around(async () => {
      await ask((connection) => connection.query("select pg_stat_reset_shared('wal')"));
      const [row] = await ask((connection) =>
        connection.query("select to_regclass('pg_stat_io') is not null as has"),
      );
      if (row?.has !== true) return;
      await ask((connection) => connection.query("select pg_stat_reset_shared('io')"));
    });
    expect(activity.gaps).toEqual([
      "pg_stat_wal was reset in between",
      ...(after.io === null ? [] : ["pg_stat_io was reset in between"]),
    ]);
  });

  it("makes nothing in a database that is not the run's, and names what is lacking", async () => {
    const before = await snapshotBefore(database.address, false);
    const lacks = before.missing.filter(({ code }) => code !== "42P01");
    expect(lacks.map(({ part, code }) => [part, code])).toEqual([
      ["pgstattuple", "42704"],
      ["pg_stat_statements", "42704"],
    ]);
    expect(lacks[0]?.advice).toContain("create extension pgstattuple");
    expect(before.space.sizes).not.toBeNull();
    expect(before.partitions?.[0]).toMatchObject({ used: 3, rows: 1000 });
    const rows = await ask((connection) =>
      connection.query("select extname::text as name from pg_extension order by 1"),
    );
    expect(rows).toEqual([{ name: "plpgsql" }]);
  });

  it("reads what it may as a role without privileges, and names the rest with what to do", async () => {
    const role = await freshRole(database.address);
    try {
      const { address } = role;
      const before = await snapshotBefore(address, true);
      const lacks = before.missing.filter(({ code }) => code !== "42P01");
      expect(lacks.map(({ part, code }) => [part, code])).toEqual([
        ["pg_stat_statements", "42501"],
        ["pgstattuple", "42501"],
      ]);
      expect(lacks.every(({ why, advice }) => why !== "" && advice.includes("superuser"))).toBe(
        true,
      );
      await pay(3);
      const after = await snapshotAfter(address, before.missing);
      const activity = serverActivityBetween(before, after);
      // Not that it is not there, which is what the second snapshot met.
      expect(activity.missing).toEqual(before.missing);
      expect(activity.missing[0]?.why).toMatch(/permission denied/);
      expect(JSON.stringify(activity.missing)).not.toContain("shared_preload_libraries");
      expect(activity.tables?.[0]).toMatchObject({ table: "s.account", updated: 3 });
      expect(activity.functions).toMatchObject([{ function: "s.pay", calls: 3 }]);
      expect(activity.partitions[0]?.after).toMatchObject({ used: 3, children: 4 });
    } finally {
      await role.drop();
    }
  });

  it("waits for nobody who holds a table", async () => {
    const before = await snapshotBefore(database.address, true);
    await ask(async (holder) => {
      await holder.script("begin; lock table s.account_1 in access exclusive mode");
      const after = await snapshotAfter(database.address, []);
      expect(after.missing.filter(({ code }) => code === "55P03")).toEqual([]);
      expect(after.tables).not.toBeNull();
      const sizes = after.space.sizes ?? [];
      const unknown = sizes.filter(({ bytes }) => bytes === null).map(({ name }) => name);
      expect(unknown).toEqual(["s.account_1"]);
      expect(after.space.tables.map(({ name }) => name)).toContain("s.account_0");
      expect(after.space.leftOut).toMatchObject([
        { relations: 1, examples: ["s.account_1"] },
        ...after.space.leftOut.slice(1),
      ]);
      expect(after.space.leftOut[0]?.why).toContain("ACCESS EXCLUSIVE");
      const [table] = serverActivityBetween(before, after).tables ?? [];
      expect(table).toMatchObject({ tableBytes: null, indexBytes: { grown: 0 } });
    });
  });

  it("has functions counted where the server does not, in the run's database alone", async () => {
    await Connection.use(server().address, "loadgen/test", async (admin) => {
      await admin.query("alter system set track_functions = 'none'");
      await admin.query("select pg_reload_conf()");
    });
    try {
      await until(() => tracks(server().address, "none"), "nothing is counted");
      const existing = await snapshotBefore(database.address, false);
      expect(existing.missing).toContainEqual(
        expect.objectContaining({ part: "track_functions", code: "55000" }),
      );
      const { activity } = await around(() => pay(2));
      expect(activity.functions).toMatchObject([{ function: "s.pay", calls: 2 }]);
    } finally {
      await Connection.use(server().address, "loadgen/test", async (admin) => {
        await admin.query("alter system reset track_functions");
        await admin.query("select pg_reload_conf()");
      });
    }
  });

  it("shows no literal of a statement", async () => {
    await snapshotBefore(database.address, true);
    await ask(async (connection) => {
      await connection.query("create role snapshot_secret password 'hunter2' /* hunter3 */");
      await connection.query("drop role snapshot_secret");
    });
    const after = await snapshotAfter(database.address, []);
    expect(JSON.stringify(after.statements)).toContain("create role snapshot_secret password '…'");
    expect(JSON.stringify(after)).not.toMatch(/hunter/);
  });
});

async function tracks(address: Address, value: string): Promise<boolean> {
  const [row] = await Connection.use(address, "loadgen/test", (connection) =>
    connection.query("select current_setting('track_functions') as track"),
  );
  return row?.track === value;
}
