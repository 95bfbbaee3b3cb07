import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { outcomeOf } from "../../../src/core/outcome.ts";
import { type Row, type ConnectionStep, statement } from "../../../src/core/step.ts";
import { operationOf } from "../../../src/observe/operation.ts";
import { type CommitCut, startCommitProxy } from "../../helpers/commit-proxy.ts";
import { ledgerDatabase, rowsIn } from "../../helpers/ledger.ts";
import { type FreshDatabase, until } from "../../helpers/postgres.ts";
import {
  begin,
  closeSessions,
  commit,
  drivers,
  failureOf,
  openSession,
  query,
  rollback,
} from "./sessions.ts";

let database: FreshDatabase;

beforeAll(async () => {
  database = await ledgerDatabase();
  await database.connection.script(`
    create table parent (id integer primary key);
    create table child (id integer references parent deferrable initially deferred);`);
});

afterEach(closeSessions);

afterAll(() => database.drop());

const insert = "insert into ledger values (1, 1, '')";

async function terminate(pid: number): Promise<void> {
  await database.connection.query("select pg_terminate_backend($1)", [pid]);
}

/** What the server says of a backend. */
async function activityOf(pid: number): Promise<Row | undefined> {
  const [row] = await database.connection.query(
    "select query, state, wait_event from pg_catalog.pg_stat_activity where pid = $1",
    [pid],
  );
  return row;
}

describe.each(drivers)("a session's connection (%s)", (driver) => {
  const open = () => openSession(driver, database.address);

  it("reports an SQL error by its SQLSTATE, and stays usable", async () => {
    const { connection, perform } = await open();
    const failure = await failureOf(perform(query("select 1 / 0")));
    expect(failure).toMatchObject({ kind: "sql", code: "22012" });
    expect(outcomeOf(failure)).toEqual({ kind: "aborted", code: "22012" });
    expect(connection.alive).toBe(true);
    expect(await perform(query("select $1::integer as seven", 7))).toEqual([{ seven: 7 }]);
  });

  it("does not take COMMIT of an aborted transaction for a commit", async () => {
    const { perform } = await open();
    await perform(begin);
    await perform(query(insert));
    expect(await failureOf(perform(query("select 1 / 0")))).toMatchObject({ code: "22012" });
    const failure = await failureOf(perform(commit));
    expect(failure).toMatchObject({ kind: "refused", code: "commit-rolled-back" });
    expect(outcomeOf(failure)).toEqual({ kind: "aborted", code: "commit-rolled-back" });
    expect(await rowsIn(database)).toBe(0);
  });

  it("reports an SQL error in reply to COMMIT as a clean no", async () => {
    const { connection, perform } = await open();
    await perform(begin);
    await perform(query("insert into child values ($1)", 1));
    const failure = await failureOf(perform(commit));
    expect(failure).toMatchObject({ kind: "sql", code: "23503", committing: true });
    expect(outcomeOf(failure)).toEqual({ kind: "aborted", code: "23503" });
    expect(connection.alive).toBe(true);
  });

  it("runs at the isolation that the transaction asks for", async () => {
    const { perform } = await open();
    await perform({ kind: "begin", isolation: "repeatable-read" });
    expect(await perform(query("show transaction_isolation"))).toEqual([
      { transaction_isolation: "repeatable read" },
    ]);
    await perform({ kind: "rollback" });
  });

  it("performs utility statements, which cannot be prepared", async () => {
    const { perform } = await open();
    await perform(begin);
    await perform(query("savepoint here"));
    await failureOf(perform(query("select 1 / 0")));
    await perform(query("rollback to savepoint here"));
    await perform(query("select $1::integer as one", 1));
    await perform(commit);
  });

  it("times every statement under its name, BEGIN and COMMIT not", async () => {
    const { perform, timed } = await open();
    timed.clear();
    await perform(begin);
    await perform(query("select 1"));
    await perform(commit);
    expect([...timed.keys()]).toEqual(["select 1"]);
    expect(timed.get("select 1")).toBeGreaterThan(0);
  });

  it("ends a pause early when the run is over", async () => {
    const { connection } = await open();
    const over = new AbortController();
    const pausing = connection.perform(
      { kind: "pause", ms: 3_600_000 },
      { operation: "write", signal: over.signal, onStatement: () => undefined },
    );
    over.abort();
    expect(await pausing).toEqual([]);
  });
});

describe.each(drivers)("the statements of a session (%s)", (driver) => {
  const open = () => openSession(driver, database.address);

  it("carry their operation, for pg_stat_activity", async () => {
    const { pid, perform } = await open();
    const seen = async () => operationOf(String((await activityOf(pid))?.query));
    await perform(begin, "beginning");
    expect(await seen()).toBe("beginning");
    await perform(query("select 1"), "reading");
    expect(await seen()).toBe("reading");
    await perform(query("select $1::integer", 1), "reading-prepared");
    expect(await seen()).toBe("reading-prepared");
    await perform(commit, "committing");
    expect(await seen()).toBe("committing");
  });

  it("are named where they end in a comment, too", async () => {
    const { pid, perform } = await open();
    const step = query("select $1::integer as n -- the last word", 5);
    expect(await perform(step, "commenting")).toEqual([{ n: 5 }]);
    const seen = String((await activityOf(pid))?.query);
    expect(operationOf(seen)).toBe("commenting");
    expect(seen).toContain("-- the last word\n");
  });

  it("are prepared once for each operation that uses them", async () => {
    const { pid, perform } = await open();
    const step = query("select $1::integer as n", 5);
    for (const operation of ["first", "second", "first", "second"]) {
      expect(await perform(step, operation)).toEqual([{ n: 5 }]);
      expect(operationOf(String((await activityOf(pid))?.query))).toBe(operation);
    }
    const rows = await perform(query("select statement from pg_catalog.pg_prepared_statements"));
    const operations = rows.map((row) => operationOf(String(row.statement)));
    expect(operations.sort()).toEqual(["first", "second"]);
  });

  it.each(["a", "ä"])(
    "may have names above 63 bytes that differ at their end (%s)",
    async (letter) => {
      const { perform } = await open();
      const named = (end: string, sql: string): ConnectionStep => ({
        kind: "query",
        statement: statement(letter.repeat(100) + end, sql),
        parameters: [1],
      });
      const one = named("one", "select $1::integer as n");
      const other = named("other", "select $1::integer + 1 as n");
      for (let times = 0; times < 2; times++) {
        expect(await perform(one)).toEqual([{ n: 1 }]);
        expect(await perform(other)).toEqual([{ n: 2 }]);
      }
    },
  );
});

describe.each(drivers)("a session's connection that dies (%s)", (driver) => {
  const open = (address = database.address) => openSession(driver, address);

  it("aborts the transaction whose statement was running", async () => {
    const { connection, pid, perform } = await open();
    await perform(begin);
    const running = failureOf(perform(query("select pg_sleep(600)")));
    await until(async () => (await activityOf(pid))?.wait_event === "PgSleep", "the sleep");
    await terminate(pid);
    const failure = await running;
    expect(failure).toMatchObject({ kind: "connection", code: "57P01", committing: false });
    expect(outcomeOf(failure)).toEqual({ kind: "aborted", code: "57P01" });
    expect(connection.alive).toBe(false);
  });

  it.each([
    ["a statement", query("select 1")],
    ["COMMIT", commit],
  ] as const)("while idle fails whatever is performed next: %s", async (_, next) => {
    const { connection, pid, perform } = await open();
    await perform(begin);
    await perform(query(insert));
    await terminate(pid);
    await until(() => !connection.alive, "the farewell");
    const failure = await failureOf(perform(next));
    expect(failure).toMatchObject({ kind: "connection", code: "57P01", fatal: true });
    // Nothing was sent, not even COMMIT: the server has rolled back.
    expect(outcomeOf(failure)).toEqual({ kind: "aborted", code: "57P01" });
    expect(await rowsIn(database)).toBe(0);
  });

  it.each([
    ["nothing", []],
    ["COMMIT", [begin, commit]],
    ["ROLLBACK", [begin, rollback]],
    ["COMMIT of an aborted transaction", [begin, query("select 1 / 0"), commit]],
  ])("leaves a statement unknown that is its own commit, after %s", async (_, before) => {
    const { pid, perform } = await open();
    for (const step of before) await perform(step).catch(() => undefined);
    const running = failureOf(perform(query("select pg_sleep(600)")));
    await until(async () => (await activityOf(pid))?.wait_event === "PgSleep", "the sleep");
    await terminate(pid);
    expect(outcomeOf(await running)).toEqual({ kind: "unknown", code: "57P01" });
  });

  it("aborts a transaction that went back to a savepoint", async () => {
    const { pid, perform } = await open();
    await perform(begin);
    await perform(query("savepoint here"));
    await failureOf(perform(query("select 1 / 0")));
    await perform(query("rollback to savepoint here"));
    const running = failureOf(perform(query("select pg_sleep(600)")));
    await until(async () => (await activityOf(pid))?.wait_event === "PgSleep", "the sleep");
    await terminate(pid);
    expect(outcomeOf(await running)).toEqual({ kind: "aborted", code: "57P01" });
  });

  it("fails with the reason for which the client dropped it", async () => {
    const { connection, pid, perform } = await open();
    await perform(begin);
    const running = failureOf(perform(query("select pg_sleep(600)")));
    await until(async () => (await activityOf(pid))?.wait_event === "PgSleep", "the sleep");
    connection.abandon("timeout", "client-timeout");
    expect(await running).toMatchObject({ kind: "timeout", code: "client-timeout" });
    expect(connection.alive).toBe(false);
    expect(outcomeOf(await failureOf(perform(commit)))).toEqual({
      kind: "aborted",
      code: "client-timeout",
    });
    await terminate(pid);
  });

  it.each<[CommitCut, number]>([
    ["reply-lost", 1],
    ["not-forwarded", 0],
  ])("during COMMIT leaves the outcome unknown (%s: %i rows)", async (how, rows) => {
    const proxy = await startCommitProxy(database.address.database);
    try {
      const { connection, pid, perform } = await open(proxy.address);
      await perform(begin);
      await perform(query(insert));
      proxy.cutNext(how);
      const failure = await failureOf(perform(commit));
      expect(failure).toMatchObject({ kind: "connection", committing: true });
      expect(outcomeOf(failure).kind).toBe("unknown");
      expect(connection.alive).toBe(false);
      await until(async () => (await activityOf(pid)) === undefined, "the end of the backend");
      expect(await rowsIn(database)).toBe(rows);
    } finally {
      await proxy.close();
      await database.connection.query("truncate ledger");
    }
  });
});
