import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  difference,
  readTables,
  type TableSnapshot,
  totalsByRoot,
} from "../../src/observe/tables.ts";
import { until } from "../helpers/postgres.ts";
import { World } from "./sessions.ts";

let world: World;
beforeEach(async () => {
  world = await World.open();
  await world.database.connection.script(`
    create schema dms;
    create table dms.reference (key int not null, id int, note text) partition by list (key);
    create table dms.reference_00 partition of dms.reference for values in (0)
      with (autovacuum_enabled = off);
    create table dms.reference_01 partition of dms.reference for values in (1)
      with (autovacuum_enabled = off);
    insert into dms.reference select i % 2, i, 'x' from generate_series(1, 100) i`);
});
afterEach(() => world.close());

function look(): Promise<TableSnapshot> {
  return readTables(world.database.connection);
}

describe("a table snapshot", () => {
  it("finds the dead rows of a partitioned table in its leaves, where the parent has none", async () => {
    const { connection } = world.database;
    const dead = async () => totalsByRoot(await look())["dms.reference"]?.deadTuples;
    await until(
      async () => totalsByRoot(await look())["dms.reference"]?.liveTuples === 100,
      "rows",
    );
    const start = await look();
    await connection.query("delete from dms.reference where id <= 40");
    await connection.query("update dms.reference set note = 'y' where id > 90");
    await until(async () => (await dead()) === 50, "50 dead rows");

    const end = await look();
    expect(difference(start, end)).toEqual({
      autovacuums: 0,
      deadTuplesAtStart: 0,
      deadTuplesAtEnd: 50,
      tablesDueAtEnd: 0,
      deadTuplesMade: 50,
    });
    const heaps = end.filter(({ toast }) => !toast);
    expect(heaps.map(({ table, root, deadTuples }) => [table, root, deadTuples])).toEqual([
      ["dms.reference_00", "dms.reference", 25],
      ["dms.reference_01", "dms.reference", 25],
    ]);
    const [parent] = await connection.query(
      "select n_dead_tup::int from pg_stat_all_tables where relid = 'dms.reference'::regclass",
    );
    expect(parent?.n_dead_tup ?? 0).toBe(0);

    await connection.query("vacuum dms.reference");
    await until(async () => (await dead()) === 0, "no dead rows");
    const vacuumed = await look();
    expect(totalsByRoot(vacuumed)["dms.reference"]?.vacuums).toBeGreaterThanOrEqual(2);
    expect(totalsByRoot(vacuumed)["dms.reference"]?.tableBytes).toBeGreaterThan(0);
    // Vacuum removes dead rows; it does not undo that they were made.
    expect(difference(start, vacuumed).deadTuplesMade).toBe(50);
  });

  it("includes toast tables, and leaves out catalogs", async () => {
    const tables = await look();
    expect(tables.filter(({ toast }) => toast)).toHaveLength(2);
    expect(new Set(tables.map(({ root }) => root))).toEqual(new Set(["dms.reference"]));
  });

  it("knows which tables are due for a vacuum by the server's own settings", async () => {
    const { connection } = world.database;
    // Nobody comes to vacuum it while it is looked at.
    await connection.script(`
      create table dms.littered (id integer) with (autovacuum_enabled = false);
      insert into dms.littered select n from generate_series(1, 1000) as n;
      analyze dms.littered;`);
    const due = async () => (await look()).find(({ table }) => table === "dms.littered")?.vacuumDue;
    expect(await due()).toBe(false);
    // The defaults: more than 50 rows and a fifth of the table.
    await connection.query("delete from dms.littered where id <= 300");
    await until(async () => (await due()) === true, "a table that is due");
  });

  it("counts autovacuums and when the last one was", async () => {
    const { connection } = world.database;
    await connection.script(`
      create table dms.busy (id int) with (autovacuum_vacuum_threshold = 1,
        autovacuum_vacuum_scale_factor = 0);
      insert into dms.busy select generate_series(1, 100);
      delete from dms.busy`);
    await until(
      async () => (totalsByRoot(await look())["dms.busy"]?.autovacuums ?? 0) > 0,
      "an autovacuum",
      60_000,
    );
    expect(totalsByRoot(await look())["dms.busy"]?.lastAutovacuum).toMatch(/^20\d\d-.*Z$/);
  });

  it("does not wait for who holds the tables exclusively", async () => {
    const migration = await world.session("migration");
    await migration.script("begin; lock table dms.reference in access exclusive mode");
    await world.database.connection.query("set statement_timeout = '2s'");
    expect(await look()).toHaveLength(4);
    await migration.query("rollback");
  });
});
