import pg from "pg";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Activity, readActivity } from "../../src/observe/activity.ts";
import { Connection } from "../../src/server/connection.ts";
import { serverAddress, until } from "../helpers/postgres.ts";
import { filter, World } from "./sessions.ts";

let world: World;
beforeEach(async () => {
  world = await World.open();
});
afterEach(() => world.close());

function look(): Promise<Activity> {
  return readActivity(world.database.connection, filter);
}

describe("the activity of a run", () => {
  it("tells active, idle in transaction and idle sessions apart", async () => {
    const active = await world.session();
    const open = await world.session();
    const failed = await world.session();
    const idle = await world.session();
    await open.script("begin; select 1");
    await failed.script("begin");
    await expect(failed.query("select 1 / 0")).rejects.toThrow();
    await idle.query("select 1");
    const sleeping = active.query("select pg_sleep(600)").catch(() => "cancelled");
    await until(async () => (await look()).active === 1, "the sleeper is active");

    const activity = await look();
    expect(activity).toMatchObject({
      connections: 4,
      busy: 3,
      active: 1,
      idleInTransaction: 2,
      waitingForLock: 0,
      waits: [
        { type: "Client", event: "ClientRead", count: 2 },
        { type: "Timeout", event: "PgSleep", count: 1 },
      ],
    });
    expect(new Set(activity.backends).size).toBe(4);
    expect(activity.oldestTransactionMs).toBeGreaterThan(0);

    await cancelAll(world.database.connection);
    expect(await sleeping).toBe("cancelled");
  });

  it("is nothing, without an age, when all sessions are idle", async () => {
    await world.session();
    expect(await look()).toMatchObject({ connections: 1, busy: 0, oldestTransactionMs: null });
  });

  it("says so when somebody waits for a lock", async () => {
    const holder = await world.session();
    const waiter = await world.session();
    await holder.script("begin; select pg_advisory_xact_lock(1)");
    const waiting = waiter.query("select pg_advisory_xact_lock(1)");
    await until(async () => (await look()).waitingForLock === 1, "a session waits");
    expect((await look()).waits).toContainEqual({ type: "Lock", event: "advisory", count: 1 });
    await holder.query("commit");
    await waiting;
  });

  it("leaves out other databases, other applications and the observers", async () => {
    await Connection.use(serverAddress(), `${filter}1`, async (elsewhere) => {
      const others = [
        await world.session("loadgen/other/1"),
        await world.session("psql"),
        elsewhere,
      ];
      for (const other of others) await other.script("begin; select 1");
      expect(await look()).toMatchObject({ connections: 0, busy: 0 });
      await world.session("loadgen/observer");
      const wide = await readActivity(world.database.connection, "loadgen/");
      // loadgen/other/1, and the test's own connection that asks.
      expect(wide.connections).toBe(2);
    });
  });

  it("does not count both sessions of a hand-over during the look", async () => {
    const [before, after] = [await world.session(), await world.session()];
    await before.script("begin; select 1");
    const observer = await world.session("loadgen/observer");
    // In one message, both statements have the instant of the first; the view is read by the second.
    const slowLook = {
      async query(sql: string, [prefix]: readonly unknown[] = []) {
        const text = sql.replace("$1", pg.escapeLiteral(String(prefix)));
        const results = await observer.client.query(`select pg_advisory_lock(2); ${text}`);
        return (results as unknown as pg.QueryResult[])[1]!.rows as never;
      },
    };
    const gate = await world.session("gate");
    await gate.query("select pg_advisory_lock(2)");
    const looking = readActivity(slowLook, filter);
    await until(async () => {
      const rows = await gate.query("select 1 from pg_locks where not granted and objid = 2");
      return rows.length === 1;
    }, "the look has begun");
    await after.script("begin; select 1");
    expect((await look()).busy).toBe(2);
    await gate.query("select pg_advisory_unlock(2)");
    // `after` was busy when the view was read, but not at the look's instant.
    expect(await looking).toMatchObject({ busy: 1, connections: 2 });
  });
});

async function cancelAll(connection: Connection): Promise<void> {
  await connection.query(
    `select pg_cancel_backend(pid) from pg_stat_activity
     where datname = current_database() and pid <> pg_backend_pid()`,
  );
}
