import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readCounters } from "../../src/observe/snapshots/counters.ts";
import { startObserver, tablesIntervalMsMax } from "../../src/observe/observer.ts";
import { difference, readTables } from "../../src/observe/tables.ts";
import type { Address } from "../../src/server/address.ts";
import { Connection } from "../../src/server/connection.ts";
import { startServer14, until } from "../helpers/postgres.ts";
import { hasServer14 } from "../helpers/postgresql-14.ts";
import { expectCounted } from "./counted-events.ts";
import { filter } from "./sessions.ts";

const clock = () => performance.now();

describe.runIf(hasServer14)("on PostgreSQL 14, the oldest supported", () => {
  let server: { address: Address; stop(): Promise<void> };
  let connection: Connection;
  beforeAll(async () => {
    server = await startServer14();
    connection = await Connection.open(server.address, "loadgen/test");
  });
  afterAll(async () => {
    await connection.close();
    await server.stop();
  });

  it("counters name the view that it does not have, and have all others", async () => {
    const counters = await readCounters(connection);
    expect(counters.version).toMatch(/^14/);
    expect(counters.missing).toMatchObject([{ part: "pg_stat_checkpointer", code: "42P01" }]);
    expect(counters.database?.xact_commit).toEqual(expect.any(Number));
    expect(counters.walPositionBytes).toBeGreaterThan(0);
    expect(counters.wal?.wal_bytes).toEqual(expect.any(Number));
    expect(counters.backgroundWriter?.buffers_alloc).toEqual(expect.any(Number));
    expect(counters.tables).not.toBeNull();
  });

  it("the server's counts show what happened, checkpoints by the view of before 17", async () => {
    await expectCounted(connection, server.address);
  });

  it("the observer sees sessions, lock edges and dead rows", async () => {
    await connection.script("create table public.account as select 1 as id, 0 as balance");
    const { address } = server;
    const observer = await startObserver({
      address,
      filter,
      clock,
      local: true,
      tablesIntervalMs: tablesIntervalMsMax,
    });
    const start = await readTables(connection);
    await Connection.use(address, `${filter}1`, async (holder) => {
      await Connection.use(address, `${filter}2`, async (waiter) => {
        const pay = "update public.account set balance = 1 /* loadgen:pay */";
        await holder.query("begin");
        await holder.query(pay);
        const waiting = waiter.query(pay);
        await until(() => (observer.latest?.edges.length ?? 0) > 0, "an edge");
        expect(observer.latest).toMatchObject({ busy: 2, connections: 2, waitingForLock: 1 });
        expect(observer.latest?.edges).toMatchObject([
          { blocked: "pay", blocker: "pay", mode: "ShareLock", relation: "public.account" },
        ]);
        await holder.query("commit");
        await waiting;
      });
    });
    await until(
      async () => difference(start, await readTables(connection)).deadTuplesMade === 2,
      "two dead rows",
    );
    expect((await observer.stop()).missedByCode["42P01"]).toBeUndefined();
  });
});
