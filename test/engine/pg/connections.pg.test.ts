import { plainDialect } from "../../../src/engine/dialect.ts";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { statement } from "../../../src/core/step.ts";
import { type Connections, type ConnectionSettings } from "../../../src/engine/pg/connections.ts";
import { OwnConnections } from "../../../src/engine/pg/own-connections.ts";
import { PooledConnections } from "../../../src/engine/pg/pooled-connections.ts";
import { SharedSockets } from "../../../src/engine/pg/shared-sockets.ts";
import { type Address } from "../../../src/server/address.ts";
import { Connection, ServerError } from "../../../src/server/connection.ts";
import {
  append,
  Barrier,
  ledgerDatabase,
  ledgerScenario,
  pass,
  Rig,
} from "../../helpers/ledger.ts";
import { type FreshDatabase, type OwnServer, startServer, until } from "../../helpers/postgres.ts";
import { freshRole } from "../../helpers/role.ts";

/**
 * Of this file alone: where others make and drop tables, every idle backend of the server now and
 * then begins a transaction to catch up with what changed (sinval), and these are counted here.
 */
let server: OwnServer;
let database: FreshDatabase;

beforeAll(async () => {
  server = await startServer(18);
});
afterAll(() => server.stop());

beforeEach(async () => {
  database = await ledgerDatabase(server.address);
});

afterEach(() => database.drop());

const prefix = "loadgen/ledger/";

function settings(address: Address): ConnectionSettings {
  return {
    driver: "lean",
    address,
    dialect: plainDialect,
    nameOf: (session) => `${prefix}${session}`,
    isolation: "repeatable-read",
    statementTimeoutMs: 12_345,
    lockTimeoutMs: 2_345,
  };
}

/** The application names of the run's backends. */
async function backends(): Promise<readonly string[]> {
  const rows = await database.connection.query(
    `select application_name::text as name from pg_catalog.pg_stat_activity
      where datname = current_database() and starts_with(application_name, $1) order by 1`,
    [prefix],
  );
  return rows.map((row) => String(row.name));
}

async function endBackends(): Promise<void> {
  await database.connection.query(
    `select pg_terminate_backend(pid) from pg_catalog.pg_stat_activity
      where datname = current_database() and starts_with(application_name, $1)`,
    [prefix],
  );
  await until(async () => (await backends()).length === 0, "the end of the backends");
}

async function settingsSeen(connections: Connections, session: number) {
  const sql = statement(
    "settings",
    `select current_setting('application_name') as name,
            current_setting('statement_timeout') as statement_timeout,
            current_setting('lock_timeout') as lock_timeout,
            current_setting('transaction_isolation') as isolation`,
  );
  const context = {
    operation: "write",
    signal: new AbortController().signal,
    onStatement: () => undefined,
  };
  const step = { kind: "query", statement: sql, parameters: [] } as const;
  const lease = await connections.lease(session);
  try {
    const [row] = await lease.connection.perform(step, context);
    return row;
  } finally {
    connections.release(lease);
  }
}

const sessionsBelow = (count: number) => Array.from({ length: count }, (_, session) => session);

/** The isolation is that of a statement outside BEGIN. */
const limits = {
  statement_timeout: "12345ms",
  lock_timeout: "2345ms",
  isolation: "repeatable read",
};

describe("connections of the sessions' own", () => {
  it("are open before the first transaction, with their names and limits", async () => {
    const connections = new OwnConnections(settings(database.address), sessionsBelow(12), 1);
    await connections.open();
    try {
      expect(await backends()).toHaveLength(12);
      expect(new Set(await backends()).size).toBe(12);
      expect(await settingsSeen(connections, 11)).toEqual({ name: `${prefix}11`, ...limits });
    } finally {
      await connections.close();
    }
    await until(async () => (await backends()).length === 0, "the end of the backends");
  });

  it("are not ready once they died, until their session has another one", async () => {
    const connections = new OwnConnections(settings(database.address), sessionsBelow(2), 1);
    await connections.open();
    try {
      expect([0, 1].map((session) => connections.isReady(session))).toEqual([true, true]);
      await endBackends();
      await until(() => !connections.isReady(0) && !connections.isReady(1), "the farewells");
      expect(await connections.reconnect(1)).toBe(true);
      expect([0, 1].map((session) => connections.isReady(session))).toEqual([false, true]);
      expect(await settingsSeen(connections, 1)).toEqual({ name: `${prefix}1`, ...limits });
    } finally {
      await connections.close();
    }
  });

  it("are none if not all of them could be opened, which the error counts", async () => {
    const role = await freshRole(database.address, "connection limit 3");
    const connections = new OwnConnections(settings(role.address), sessionsBelow(5), 1);
    const error = await connections.open().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ServerError);
    expect(error).toMatchObject({ code: "53300" });
    expect((error as ServerError).message).toContain("could open only 3 of 5 connections");
    await until(async () => (await backends()).length === 0, "the end of the backends");
    await role.drop();
  });
});

describe.each<[string, () => Connections]>([
  ["of their own", () => new OwnConnections(settings(database.address), sessionsBelow(30), 1)],
  ["of a pool", () => new PooledConnections(settings(database.address), 30)],
  [
    "of the driver's sockets",
    () => new SharedSockets(settings(database.address), { count: 30, overheadMs: 0 }),
  ],
])("transactions that sessions end on connections %s", (_, create) => {
  /** Asks from outside of the test's database: what is asked there would count too. */
  async function ended(outside: Connection): Promise<number> {
    const [row] = await outside.query(
      `select (xact_commit + xact_rollback)::int4 as ended from pg_catalog.pg_stat_database
        where datname = $1`,
      [database.address.database],
    );
    return Number(row?.ended);
  }

  async function endBackends(outside: Connection): Promise<void> {
    await outside.query(
      `select pg_terminate_backend(pid, 30000) from pg_catalog.pg_stat_activity
        where datname = $1 and starts_with(application_name, $2)`,
      [database.address.database, prefix],
    );
  }

  it("are counted as the server counts them, each start of a connection among them", async () => {
    // Else the test's own are counted when it has been idle for some time.
    await database.connection.query("select pg_stat_force_next_flush()");
    await Connection.use(server.address, "loadgen/test", async (outside) => {
      const before = await ended(outside);
      const connections = create();
      await connections.open();
      try {
        for (let time = 0; time < 20; time++) await settingsSeen(connections, 0);
        await endBackends(outside);
        await until(() => anotherWorks(connections), "another connection");
        for (let time = 0; time < 20; time++) await settingsSeen(connections, 0);
        await endBackends(outside);
      } finally {
        await connections.close();
      }
      const { transactionsEnded } = connections;
      expect(transactionsEnded).toBeGreaterThan(30 + 20 + 1 + 20);
      const difference = (await ended(outside)) - before - transactionsEnded;
      expect(difference).toBeGreaterThanOrEqual(0);
      // A visit of autovacuum, should it come just now, takes some for itself.
      expect(difference).toBeLessThan(20);
    });
  });

  /** Whoever finds the connection dead has to try again. */
  async function anotherWorks(connections: Connections): Promise<boolean> {
    try {
      if (!connections.isReady(0)) await connections.reconnect(0);
      await settingsSeen(connections, 0);
      return true;
    } catch (failure) {
      expect(failure).toMatchObject({ kind: "connection" });
      return false;
    }
  }
});

describe("a pool of connections", () => {
  it("says before the run that its server cannot be used", async () => {
    const nowhere = database.address.withDatabase("no_such_database");
    const connections = new PooledConnections(settings(nowhere), 3);
    await expect(connections.open()).rejects.toMatchObject({ name: "ServerError", code: "3D000" });
    await connections.close();
  });

  it("is open in full before the first transaction", async () => {
    const connections = new PooledConnections(settings(database.address), 12);
    await connections.open();
    try {
      expect(await backends()).toHaveLength(12);
      expect(connections.isReady()).toBe(true);
    } finally {
      await connections.close();
    }
  });

  it("says how many could be opened if it were not all, and closes them", async () => {
    const role = await freshRole(database.address, "connection limit 3");
    const connections = new PooledConnections(settings(role.address), 5);
    const error = await connections.open().catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ name: "ServerError", code: "53300" });
    expect((error as ServerError).message).toContain("could open only 3 of 5 connections");
    await connections.close();
    await until(async () => (await backends()).length === 0, "the end of the backends");
    await role.drop();
  });

  it("keeps sessions waiting at the pool, which is no waiting at the gate", async () => {
    const barrier = await Barrier.close(database.address, 1);
    const scenario = ledgerScenario(function* (amount) {
      yield* append(amount);
      yield* pass(1);
    });
    const rig = await Rig.open(database.address, {
      scenario,
      plan: { sessions: 6, transactionsPerSession: 1, poolMax: 2 },
    });
    try {
      rig.connections.limit(100);
      const sinceMs = performance.now();
      const driving = rig.drive();
      await barrier.untilWaiting(2);
      const queuedUs = Math.floor((performance.now() - sinceMs) * 1000);
      await barrier.open();
      await driving;
      const { poolWait, gateWait, insideMaxUs } = rig.tally().operation("append");
      expect([poolWait.count, gateWait.count]).toEqual([6, 6]);
      expect(poolWait.max).toBeGreaterThanOrEqual(queuedUs / 2);
      expect(gateWait.max).toBeLessThan(queuedUs / 2);
      expect(insideMaxUs).toBeGreaterThanOrEqual(queuedUs / 2);
    } finally {
      await rig.close();
      await barrier.end();
    }
  });

  it("names each session on its lease, within the limits of the plan", async () => {
    const connections = new PooledConnections(settings(database.address), 1);
    await connections.open();
    try {
      for (const session of [5, 7]) {
        const name = `${prefix}${session}`;
        expect(await settingsSeen(connections, session)).toEqual({ name, ...limits });
        expect(await backends()).toEqual([name]);
      }
    } finally {
      await connections.close();
    }
  });

  it("asks at a pace for as long as there is no connection to be had, and tells of new ones", async () => {
    const role = await freshRole(database.address, "");
    const connections = new PooledConnections(settings(role.address), 1);
    await connections.open();
    try {
      await database.connection.query(`alter role ${role.name} nologin`);
      await endBackends();
      const refused = { kind: "connection", code: "28000" };
      await until(async () => {
        // The first one may still get the connection that has just died.
        const asking = connections.lease(0).then((lease) => connections.release(lease));
        const failure = await asking.catch((thrown: unknown) => thrown);
        return (failure as { code?: string } | undefined)?.code === refused.code;
      }, "a refused connection");
      expect(connections.isReady()).toBe(false);
      await expect(connections.reconnect()).rejects.toMatchObject({ code: refused.code });
      await database.connection.query(`alter role ${role.name} login`);
      expect(await connections.reconnect()).toBe(true);
      expect(connections.isReady()).toBe(true);
    } finally {
      await connections.close();
      await role.drop();
    }
  });

  it("uses exactly as many backends as it may, for all sessions together", async () => {
    const barrier = await Barrier.close(database.address, 1);
    const scenario = ledgerScenario(function* (amount) {
      yield* append(amount);
      yield* pass(1);
    });
    const rig = await Rig.open(database.address, {
      scenario,
      plan: { sessions: 8, transactionsPerSession: 5, poolMax: 3 },
    });
    try {
      const driving = rig.drive();
      await barrier.untilWaiting(3);
      expect(await backends()).toHaveLength(3);
      await barrier.open();
      await driving;
      expect(rig.counts()).toMatchObject({ started: 40, committed: 40 });
      expect(rig.connections.inUseMax).toBe(3);
    } finally {
      await rig.close();
      await barrier.end();
    }
    const [seen] = await database.connection.query(
      `select count(distinct pid)::int4 as backends, count(distinct session)::int4 as sessions
         from ledger`,
    );
    expect(seen).toEqual({ backends: 3, sessions: 8 });
  });
});
