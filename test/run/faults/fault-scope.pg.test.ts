import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { namedStream } from "../../../src/core/random.ts";
import type { FaultTarget } from "../../../src/faults/fault.ts";
import { FaultAccount, FaultScope } from "../../../src/run/faults/fault-scope.ts";
import { Connection } from "../../../src/server/connection.ts";
import { type FreshDatabase, freshDatabase, until } from "../../helpers/postgres.ts";
import { baseOf } from "./fault.ts";

let database: FreshDatabase;
let target: Connection;
let account: FaultAccount;
let scope: FaultScope;

beforeEach(async () => {
  database = await freshDatabase();
  target = await Connection.open(database.address, "loadgen/chaos");
  account = new FaultAccount();
  const base = { ...baseOf(target), random: namedStream(1, "fault", 0) };
  scope = new FaultScope({ base, address: database.address, account, lengthMs: 20_000 });
  await database.connection.script("create table t (id integer)");
});

afterEach(async () => {
  await scope.end();
  await target.close();
  await database.drop();
});

async function backends(condition = "true"): Promise<number> {
  const [row] = await database.connection.query(
    `select count(*)::int4 as count from pg_catalog.pg_stat_activity
      where datname = current_database() and application_name = 'loadgen/fault' and ${condition}`,
  );
  return Number(row?.count);
}

const lockTable = "lock table t in access exclusive mode";
const waits = "wait_event_type = 'Lock'";

describe("the connections of a fault", () => {
  it("are backends of its own in the run's database, one for each", async () => {
    const [one, other] = [await scope.context.connect(), await scope.context.connect()];
    expect(one.pid).not.toBe(other.pid);
    for (const connection of [one, other]) {
      const [row] = await connection.query("select pg_backend_pid() as pid");
      expect(row?.pid).toBe(connection.pid);
    }
    expect(await backends()).toBe(2);
  });

  it("end with it, whether they do nothing or hold a lock, and may end before", async () => {
    const [early, holder] = [await scope.context.connect(), await scope.context.connect()];
    await scope.context.connect();
    await holder.query("begin");
    await holder.query(lockTable);
    await early.end();
    expect(await backends()).toBe(2);
    await scope.end();
    expect(await backends()).toBe(0);
    expect(await database.connection.query("select from t")).toEqual([]);
    await scope.end();
  });

  it("end with it in the middle of a wait for a lock that is not given up", async () => {
    await Connection.use(database.address, "loadgen/test", async (holder) => {
      await holder.script(`begin; ${lockTable};`);
      const waiter = await scope.context.connect();
      const waiting = expect(waiter.query("select from t")).rejects.toThrow();
      await until(async () => (await backends(waits)) === 1, "the wait for the lock");
      await scope.end();
      await waiting;
      await until(async () => (await backends()) === 0, "the end of the backend");
    });
  });

  it("end before the one that they wait for, and do not get its lock by its end", async () => {
    await database.connection.script("create sequence granted");
    // Where the order to end them takes its time, whoever holds the lock would be gone before.
    const slow: FaultTarget = {
      async query(sql, parameters) {
        await target.query("select pg_sleep(0.2)");
        return target.query(sql, parameters);
      },
    };
    const base = { ...baseOf(slow), random: namedStream(1, "fault", 0) };
    const own = new FaultScope({ base, address: database.address, account, lengthMs: 20_000 });
    const holder = await own.context.connect();
    await holder.query("select pg_advisory_lock(1)");
    const waiter = await own.context.connect();
    // A sequence keeps what a rolled back transaction took from it.
    const sql = "select nextval('granted') from (select pg_advisory_lock(1) offset 0) as lock";
    const waiting = waiter.query(sql).catch(() => []);
    await until(async () => (await backends(waits)) === 1, "the wait for the lock");
    await own.end();
    expect(await waiting).toEqual([]);
    expect(await database.connection.query("select is_called from granted")).toEqual([
      { is_called: false },
    ]);
  });

  it("are gone when their end is over, even in the middle of a statement", async () => {
    const sleeper = await scope.context.connect();
    const sleeping = expect(sleeper.query("select pg_sleep(3600)")).rejects.toThrow();
    await until(async () => (await backends("wait_event = 'PgSleep'")) === 1, "the sleep");
    await sleeper.end();
    expect(await backends()).toBe(0);
    await sleeping;
  });

  it("end at once where they came after its end", async () => {
    await scope.end();
    const late = await scope.context.connect();
    await expect(late.query("select 1")).rejects.toMatchObject({ name: "ServerError" });
    expect(await backends()).toBe(0);
  });

  it("end where somebody else ended them already", async () => {
    const { pid } = await scope.context.connect();
    await database.connection.query("select pg_terminate_backend($1, 10000)", [pid]);
    await scope.end();
    expect(scope.trouble).toBeNull();
  });

  it("outlast the fault by no more than a minute, by the server's own watch", async () => {
    const connection = await scope.context.connect();
    const names = ["statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout"];
    for (const name of names) {
      expect(await connection.query("select current_setting($1) as it", [name])).toEqual([
        { it: "80s" },
      ]);
    }
  });

  it("reject with the server's error, and count for the run's account", async () => {
    const connection = await scope.context.connect();
    const before = account.transactions;
    await expect(connection.query("select 1 / 0")).rejects.toMatchObject({
      name: "ServerError",
      code: "22012",
    });
    await scope.context.connect();
    await scope.end();
    // Of the second one its start and the statement that sets it up.
    expect(account.transactions - before).toBe(1 + 2);
  });
});

describe("what a fault does in the background", () => {
  it("is told that it is over, and is waited for", async () => {
    const notes: string[] = [];
    scope.context.background(async (over) => {
      await until(() => over.aborted, "the end of the fault");
      // It goes on for a while: with a statement of its own.
      await database.connection.query("select pg_sleep(0.1)");
      notes.push("done");
    });
    await scope.end();
    expect(notes).toEqual(["done"]);
    expect(scope.trouble).toBeNull();
  });

  it("is told of where it fails while the fault is in force, the first of all failures", async () => {
    let failed = 0;
    for (const message of ["the pencil broke", "no paper"]) {
      scope.context.background(() => {
        failed++;
        return Promise.reject(new Error(message));
      });
    }
    await until(() => failed === 2, "both failures");
    await scope.end();
    expect(scope.trouble).toBe("the pencil broke");
  });

  it("may fail at its end, when its connections go", async () => {
    const connection = await scope.context.connect();
    scope.context.background(async () => {
      await connection.query("select pg_sleep(3600)");
    });
    await until(async () => (await backends("wait_event = 'PgSleep'")) === 1, "the sleep");
    await scope.end();
    expect(scope.trouble).toBeNull();
  });
});
