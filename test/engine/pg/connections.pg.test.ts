import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { query } from "../../../src/core/transaction.ts";
import { statement } from "../../../src/core/step.ts";
import {
  type Connections,
  type ConnectionSettings,
  OwnConnections,
  PooledConnections,
} from "../../../src/engine/pg/connections.ts";
import { readActivity } from "../../../src/observe/activity.ts";
import { type Address } from "../../../src/server/address.ts";
import { ServerError } from "../../../src/server/connection.ts";
import {
  append,
  Barrier,
  ledgerDatabase,
  ledgerScenario,
  pass,
  Rig,
} from "../../helpers/ledger.ts";
import { type FreshDatabase, until } from "../../helpers/postgres.ts";
import { freshRole } from "../../helpers/role.ts";

let database: FreshDatabase;

beforeEach(async () => {
  database = await ledgerDatabase();
});

afterEach(() => database.drop());

const prefix = "loadgen/ledger/";

function settings(address: Address): ConnectionSettings {
  return {
    address,
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
  await connections.ready(session);
  const [row] = await connections.use(session, (connection) =>
    connection.perform({ kind: "query", statement: sql, parameters: [] }, context),
  );
  return row;
}

/** The isolation is that of a statement outside BEGIN. */
const limits = {
  statement_timeout: "12345ms",
  lock_timeout: "2345ms",
  isolation: "repeatable read",
};

describe("connections of the sessions' own", () => {
  it("are open before the first transaction, with their names and limits", async () => {
    const connections = new OwnConnections(settings(database.address), 12);
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

  it("are none if not all of them could be opened, which the error counts", async () => {
    const role = await freshRole(database.address, "connection limit 3");
    const connections = new OwnConnections(settings(role.address), 5);
    const error = await connections.open().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ServerError);
    expect(error).toMatchObject({ code: "53300" });
    expect((error as ServerError).message).toContain("could open only 3 of 5 connections");
    await until(async () => (await backends()).length === 0, "the end of the backends");
    await role.drop();
  });
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
      expect(await connections.ready()).toBe(false);
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
      expect(await connections.ready()).toBe(false);
      await database.connection.query(`alter role ${role.name} nologin`);
      await database.connection.query(
        "select pg_terminate_backend(pid) from pg_catalog.pg_stat_activity where usename = $1",
        [role.name],
      );
      await until(async () => (await backends()).length === 0, "the end of the backend");
      const refused = { kind: "connection", code: "28000" };
      await until(async () => {
        // The first one may still get the connection that has just died.
        const failure = await connections.use(0, () => Promise.resolve()).catch((e: unknown) => e);
        return (failure as { code?: string }).code === refused.code;
      }, "a refused connection");
      await expect(connections.ready()).rejects.toMatchObject({ code: refused.code });
      await database.connection.query(`alter role ${role.name} login`);
      expect(await connections.ready()).toBe(true);
      expect(await connections.ready()).toBe(false);
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

/** Counts those who are inside at the same time, by a lock that each holds until its COMMIT. */
const holders = statement(
  "holders",
  `insert into inside
   select count(*) from pg_catalog.pg_locks
    where locktype = 'advisory' and objid = 1 and granted
      and database = (select oid from pg_catalog.pg_database where datname = current_database())`,
);

const counted = ledgerScenario(function* (amount) {
  yield* pass(1);
  yield* query(holders);
  yield* append(amount);
  yield* pass(2);
});

describe.each([
  ["connections of their own", null],
  ["a pool of six", 6],
])("a limit on sessions with %s", (_, poolMax) => {
  it("holds at the server until it is lifted, and the wait for it is kept apart", async () => {
    await database.connection.script("create table inside (holders integer)");
    const barrier = await Barrier.close(database.address, 2);
    const rig = await Rig.open(database.address, {
      scenario: counted,
      plan: { sessions: 8, transactionsPerSession: 10, poolMax },
    });
    const together = poolMax ?? 8;
    try {
      rig.connections.limit(2);
      const driving = rig.drive();
      await barrier.untilWaiting(2);
      const queuedMs = performance.now();
      const seen = await readActivity(database.connection, prefix);
      expect(seen.busy).toBe(2);
      const limitedMs = performance.now() - queuedMs;
      rig.connections.limit(null);
      // Those inside have not moved: it is the others that come in.
      await barrier.untilWaiting(together);
      rig.connections.limit(2);
      await barrier.open();
      await driving;
      expect(rig.counts()).toMatchObject({ started: 80, committed: 80, aborted: 0 });
      const { poolWait, gateWait } = rig.tally().operation("append");
      for (const wait of [poolWait, gateWait]) {
        expect(wait.count).toBe(80);
        expect(wait.max).toBeGreaterThanOrEqual(Math.floor(limitedMs * 1000));
      }
    } finally {
      await rig.close();
      await barrier.end();
    }
  });

  it("lets nobody in beyond it, transaction after transaction", async () => {
    await database.connection.script("create table inside (holders integer)");
    const barrier = await Barrier.close(database.address, 2);
    const rig = await Rig.open(database.address, {
      scenario: counted,
      plan: { sessions: 8, transactionsPerSession: 10, poolMax },
    });
    try {
      rig.connections.limit(2);
      const driving = rig.drive();
      await barrier.untilWaiting(2);
      await barrier.open();
      await driving;
    } finally {
      await rig.close();
      await barrier.end();
    }
    const [inside] = await database.connection.query(
      "select count(*)::int4 as count, max(holders)::int4 as most from inside",
    );
    expect(inside).toEqual({ count: 80, most: 2 });
  });
});
