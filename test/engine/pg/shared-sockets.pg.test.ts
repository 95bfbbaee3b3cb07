import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Plan } from "../../../src/core/plan.ts";
import { timeoutCode } from "../../../src/engine/pg/watchdog.ts";
import { Connection } from "../../../src/server/connection.ts";
import {
  append,
  Barrier,
  driven,
  ledgerDatabase,
  ledgerScenario,
  pass,
  Rig,
  rowsIn,
} from "../../helpers/ledger.ts";
import { type FreshDatabase, serverAddress, until } from "../../helpers/postgres.ts";

let database: FreshDatabase;
let barrier: Barrier;

beforeEach(async () => {
  database = await ledgerDatabase();
  barrier = await Barrier.close(database.address, 1);
});

afterEach(async () => {
  await barrier.end();
  await database.drop();
});

/** Every transaction stops at the barrier, with its socket. */
const stopping = ledgerScenario(function* (amount) {
  yield* append(amount);
  yield* pass(1);
});

async function withRig(plan: Partial<Plan>, work: (rig: Rig) => Promise<void>): Promise<Rig> {
  const rig = await Rig.open(database.address, { scenario: stopping, plan });
  try {
    await work(rig);
  } finally {
    await rig.close();
  }
  return rig;
}

/** The process ids of the sockets' backends. */
async function backends(): Promise<readonly number[]> {
  const rows = await database.connection.query(
    `select pid from pg_catalog.pg_stat_activity
      where datname = current_database() and starts_with(application_name, 'loadgen/ledger/')`,
  );
  return rows.map(({ pid }) => Number(pid));
}

async function terminate(pids: readonly number[]): Promise<void> {
  await database.connection.query(
    "select pg_terminate_backend(pid, 30000) from unnest($1::int4[]) pid",
    [pids],
  );
}

/** From another database: a session may not shut its own. */
async function acceptConnections(accept: boolean): Promise<void> {
  await Connection.use(serverAddress(), "loadgen/test", (server) =>
    server.script(`alter database ${database.address.database} allow_connections ${accept}`),
  );
}

describe("sockets that all sessions share inside the driver", () => {
  const plan = {
    sessions: 8,
    transactionsPerSession: 5,
    driverSockets: { count: 3, overheadMs: 0 },
  };

  it("are all that the server sees, while each session has a connection as far as is known", async () => {
    const rig = await withRig(plan, async (opened) => {
      expect(await backends()).toHaveLength(3);
      const driving = opened.drive();
      await barrier.untilWaiting(3);
      await until(() => opened.connections.inUseMax === 8, "a lease for each");
      expect(await backends()).toHaveLength(3);
      expect(await barrier.waiting()).toHaveLength(3);
      await barrier.open();
      await driving;
    });
    expect(rig.counts()).toMatchObject({ started: 40, committed: 40, reconnects: 0 });
    const [seen] = await database.connection.query(
      "select count(distinct pid)::int4 as pids, count(distinct session)::int4 as sessions from ledger",
    );
    expect(seen).toEqual({ pids: 3, sessions: 8 });
    await until(async () => (await backends()).length === 0, "the end of the backends");
  });

  it("keep sessions waiting, which looks like service and not like a wait for a connection", async () => {
    let queuedUs = 0;
    const rig = await withRig({ ...plan, transactionsPerSession: 1 }, async (opened) => {
      const sinceMs = performance.now();
      const driving = opened.drive();
      await barrier.untilWaiting(3);
      await until(() => opened.connections.inUseMax === 8, "a lease for each");
      // Long enough that no wait for a lease could be taken for it.
      await until(() => performance.now() - sinceMs > 500, "half a second");
      queuedUs = Math.floor((performance.now() - sinceMs) * 1000);
      await barrier.open();
      await driving;
    });
    const { service, poolWait, gateWait } = rig.tally().operation("append");
    expect([service.count, poolWait.count]).toEqual([8, 8]);
    expect(service.percentile(0.01)).toBeGreaterThanOrEqual(queuedUs / 2);
    expect(poolWait.max).toBeLessThan(queuedUs / 2);
    expect(gateWait.max).toBe(0);
  });

  it("are each kept by the driver for a while before a transaction, by nobody else", async () => {
    await barrier.open();
    const overheadMs = 60;
    const rig = await driven(database.address, {
      plan: {
        sessions: 3,
        transactionsPerSession: 2,
        driverSockets: { count: 1, overheadMs },
      },
    });
    const { service } = rig.tally().operation("append");
    // In a row of three the last one waits for the others' overhead, too; timers may be a millisecond early.
    expect(service.max).toBeGreaterThanOrEqual(3 * (overheadMs - 1) * 1000);
    expect(service.percentile(0.01)).toBeGreaterThanOrEqual((overheadMs - 1) * 1000);
  });

  it("are replaced when they die, with everything accounted", async () => {
    const rig = await withRig(plan, async (opened) => {
      const driving = opened.drive();
      await barrier.untilWaiting(3);
      const killed = (await barrier.waiting()).slice(0, 2);
      await terminate(killed);
      await until(() => opened.counts().aborted === 2, "two aborted transactions");
      await barrier.untilWaiting(3);
      expect(await backends()).toHaveLength(3);
      for (const pid of killed) expect(await backends()).not.toContain(pid);
      await barrier.open();
      await driving;
      expect(opened.connections.lostConnections).toBe(2);
    });
    expect(rig.counts()).toMatchObject({ started: 40, committed: 38, aborted: 2, reconnects: 2 });
    expect(rig.errors()).toEqual({ "57P01": 2 });
    expect(await rowsIn(database)).toBe(38);
  });
});

describe("a transaction that waits for a socket", () => {
  const plan = {
    sessions: 5,
    transactionsPerSession: 1_000_000,
    driverSockets: { count: 2, overheadMs: 0 },
  };

  it("is dropped when it takes too long, and the sockets go on to others", async () => {
    const rig = await withRig({ ...plan, timeoutMs: 700 }, async (opened) => {
      const driving = opened.drive();
      await until(() => (opened.errors()[timeoutCode] ?? 0) >= 5, "timeouts");
      await barrier.open();
      await until(() => opened.counts().committed >= 20, "transactions after the timeouts");
      expect((await backends()).length).toBeLessThanOrEqual(2);
      opened.stop();
      await driving;
    });
    const { started, committed, aborted, unknown } = rig.counts();
    expect(started).toBe(committed + aborted + unknown);
    expect(Object.keys(rig.errors())).toEqual([timeoutCode]);
    expect(await rowsIn(database)).toBe(committed);
  });

  it("is dropped at the end of a run, without another socket being opened for it", async () => {
    const rig = await withRig(plan, async (opened) => {
      const driving = opened.drive();
      await barrier.untilWaiting(2);
      await until(() => opened.connections.inUseMax === 5, "a lease for each");
      opened.stop();
      opened.drop();
      await driving;
      expect(opened.connections.lostConnections).toBe(2);
      // Each with its start: those two, and no other.
      expect(opened.connections.transactionsEnded).toBeLessThanOrEqual(2 * 2);
    });
    expect(rig.counts()).toMatchObject({ started: 5, committed: 0, censored: 5 });
    await barrier.open();
    await until(async () => (await backends()).length === 0, "the end of the backends");
    expect(await rowsIn(database)).toBe(0);
  });

  it("in the driver's own time is dropped as well, and leaves its socket whole", async () => {
    await barrier.open();
    const hour = 3_600_000;
    const rig = await withRig(
      { ...plan, driverSockets: { count: 2, overheadMs: hour } },
      async (opened) => {
        const driving = opened.drive();
        await until(() => opened.connections.inUseMax === 5, "a lease for each");
        opened.stop();
        opened.drop();
        await driving;
        expect(opened.connections.lostConnections).toBe(0);
        expect(await backends()).toHaveLength(2);
      },
    );
    expect(rig.counts()).toMatchObject({ started: 5, committed: 0, censored: 5 });
    expect(await rowsIn(database)).toBe(0);
  });
});

describe("a socket that cannot be had", () => {
  it("is a lost connection to the transaction that wanted it", async () => {
    const plan = {
      sessions: 4,
      transactionsPerSession: 1_000_000,
      driverSockets: { count: 2, overheadMs: 0 },
    };
    const rig = await withRig(plan, async (opened) => {
      await acceptConnections(false);
      const driving = opened.drive();
      await barrier.untilWaiting(2);
      await terminate(await barrier.waiting());
      await until(() => (opened.tally().reconnectErrors.get("55000") ?? 0) >= 3, "refusals");
      await acceptConnections(true);
      await barrier.open();
      await until(() => opened.counts().committed >= 8, "transactions after that");
      opened.stop();
      await driving;
    });
    const { started, committed, aborted } = rig.counts();
    expect(started).toBe(committed + aborted);
    expect(await rowsIn(database)).toBe(committed);
  });
});
