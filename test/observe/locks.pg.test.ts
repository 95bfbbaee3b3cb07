import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type LockEdge, readLocks } from "../../src/observe/locks.ts";
import { until } from "../helpers/postgres.ts";
import { filter, World } from "./sessions.ts";

let world: World;
beforeEach(async () => {
  world = await World.open();
  await world.database.connection.script(`
    create table public.account (id int primary key, balance int not null);
    insert into public.account values (1, 0), (2, 0);
    create table public.event (id int not null, text text) partition by range (id);
    create table public.event_0 partition of public.event for values from (0) to (10)`);
});
afterEach(() => world.close());

function look(): Promise<readonly LockEdge[]> {
  return readLocks(world.database.connection, filter);
}

async function edgesOnce(count: number): Promise<readonly LockEdge[]> {
  await until(async () => (await look()).length === count, `${count} lock edges`);
  return look();
}

const pay = "update public.account set balance = balance + 1 where id = 1 /* loadgen:pay */";

describe("lock edges", () => {
  it("are none where nobody waits", async () => {
    const holder = await world.session();
    await holder.script(`begin; ${pay}`);
    expect(await look()).toEqual([]);
  });

  it("name operations, mode and relation of sessions that wait for one row", async () => {
    const [holder, first, second] = [
      await world.session(),
      await world.session(),
      await world.session(),
    ];
    await holder.query("begin /* loadgen:settle */");
    await holder.query(pay.replace("pay", "settle"));
    const waiting = [first.query(pay)];
    // The first waiter's tuple lock gives the relation that its transactionid wait does not have.
    const firstEdge = {
      blocked: "pay",
      blocker: "settle",
      mode: "ShareLock",
      lockType: "transactionid",
      relation: "public.account",
      blockerState: "idle in transaction",
    };
    expect(await edgesOnce(1)).toMatchObject([firstEdge]);

    waiting.push(second.query(pay));
    const edges = await edgesOnce(2);
    expect(edges).toContainEqual(expect.objectContaining(firstEdge));
    expect(edges).toContainEqual(
      expect.objectContaining({
        blocked: "pay",
        blocker: "pay",
        mode: "ExclusiveLock",
        lockType: "tuple",
        relation: "public.account",
        blockerState: "active",
      }),
    );
    const [{ ageMs } = { ageMs: 0 }] = edges;
    await until(async () => (await look()).every((edge) => edge.ageMs > ageMs), "edges age");
    await holder.query("commit");
    await Promise.all(waiting);
  });

  it("do not multiply by those who merely stand ahead in the queue", async () => {
    const holder = await world.session();
    await holder.script(`begin; ${pay}`);
    const waiting: Promise<unknown>[] = [];
    for (let index = 0; index < 5; index++) waiting.push((await world.session()).query(pay));
    const edges = await edgesOnce(5);
    expect(edges.filter(({ lockType }) => lockType === "tuple")).toHaveLength(4);
    await holder.query("commit");
    await Promise.all(waiting);
  });

  it("name who stands ahead where nobody else is in the way", async () => {
    const [reader, changer, late] = [
      await world.session(),
      await world.session(),
      await world.session(),
    ];
    await reader.script("begin; select * from public.account /* loadgen:read */");
    const change = changer.query("alter table public.account add note text /* loadgen:change */");
    await edgesOnce(1);
    const read = late.query("select * from public.account /* loadgen:read */");
    expect(await edgesOnce(2)).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ blocked: "change", blocker: "read" }),
        expect.objectContaining({
          blocked: "read",
          blocker: "change",
          mode: "AccessShareLock",
          lockType: "relation",
          relation: "public.account",
        }),
      ]),
    );
    await reader.query("commit");
    await Promise.all([change, read]);
  });

  it("report a partition by the root of the tree", async () => {
    const [holder, waiter] = [await world.session(), await world.session()];
    await holder.script("begin; lock table public.event_0 in access exclusive mode");
    const waiting = waiter.query("insert into public.event values (1, '') /* loadgen:insert */");
    expect(await edgesOnce(1)).toMatchObject([
      { blocked: "insert", mode: "RowExclusiveLock", relation: "public.event" },
    ]);
    await holder.query("commit");
    await waiting;
  });

  it("say unknown where the server names no relation", async () => {
    const [holder, waiter] = [await world.session(), await world.session()];
    await holder.script("begin; insert into public.account values (3, 0) /* loadgen:open */");
    // Waits for the other's transaction because of the key; there is no row to lock yet.
    const waiting = waiter
      .query("insert into public.account values (3, 0) /* loadgen:open */")
      .catch((error: unknown) => error);
    expect(await edgesOnce(1)).toMatchObject([
      { blocked: "open", mode: "ShareLock", lockType: "transactionid", relation: "unknown" },
    ]);
    await holder.query("rollback");
    await waiting;
  });

  it("name blockers from outside of the run, and leave waiters from outside out", async () => {
    const [migration, session] = [await world.session("migration"), await world.session()];
    await migration.script("begin; lock table public.account");
    const waiting = session.query(pay);
    expect(await edgesOnce(1)).toMatchObject(
      [{ blocked: "pay", blocker: /^begin; lock table/ }].map((edge) => ({
        ...edge,
        blocker: expect.stringMatching(edge.blocker) as unknown,
      })),
    );
    expect(await readLocks(world.database.connection, "migration")).toEqual([]);
    await migration.query("commit");
    await waiting;
  });
});
