/** What both drivers make alike of errors, of losses, and of messages that nobody asked for. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { ConnectionStep } from "../../../src/core/step.ts";
import { type CommitCut, startCommitProxy } from "../../helpers/commit-proxy.ts";
import { type FreshDatabase, freshDatabase, until } from "../../helpers/postgres.ts";
import {
  agreed,
  begin,
  closeSessions,
  commit,
  drivers,
  execute,
  failureOf,
  openSession,
  query,
  rollback,
  type Session,
  type Told,
} from "./sessions.ts";

let database: FreshDatabase;

beforeAll(async () => {
  database = await freshDatabase();
  await database.connection.script(`
    create table parent (id integer primary key);
    create table child (id integer references parent deferrable initially deferred);
    create function raised(state text) returns integer language plpgsql as
      $$ begin raise exception 'raised' using errcode = state; end $$;
    create function noticed(count integer) returns integer language plpgsql as
      $$ begin
        for n in 1..count loop raise notice 'number %', n; end loop;
        return count;
      end $$;`);
});

afterEach(closeSessions);

afterAll(() => database.drop());

/** What both drivers say of the steps. */
function both(...steps: readonly ConnectionStep[]): Promise<readonly Told[]> {
  return agreed(database.address, steps);
}

const alive = query("select $1::integer as alive", 1);
const isAlive = [{ alive: 1 }];

function sqlError(code: string, committing = true): unknown {
  return expect.objectContaining({ kind: "sql", code, committing, fatal: false });
}

describe("an error of the server", () => {
  const series = "from generate_series(1, 9) n";
  it.each<[string, string, ConnectionStep]>([
    ["before the first row", "22012", query("select 1 / 0")],
    ["after the first rows", "22012", query(`select 1 / (3 - n) ${series}`)],
    ["after many rows", "22012", query("select 1 / (1e5 - n) from generate_series(1, 2e5) n")],
    ["while parsing", "42601", query("select $1::integer +", 1)],
    ["while analysing", "42P01", query("select * from nowhere where $1", true)],
    ["while binding", "22P02", query("select $1::integer", "x")],
    ["while executing", "22012", query("select 1 / $1::integer", 0)],
    ["after prepared rows", "22012", query(`select 1 / ($1::integer - n) ${series}`, 3)],
    ["where no rows are wanted", "22012", execute(`select 1 / ($1::integer - n) ${series}`, 3)],
  ])("is a failure, and the connection goes on: %s (%s)", async (_, code, step) => {
    expect(await both(step, alive, step)).toEqual([sqlError(code), isAlive, sqlError(code)]);
    const told = await both(begin, step, alive, rollback, step, alive);
    const [inside, aborted] = [sqlError(code, false), sqlError("25P02", false)];
    expect(told).toEqual([[], inside, aborted, [], sqlError(code), isAlive]);
  });

  it("in reply to COMMIT is a clean no, and so is its refusal", async () => {
    const orphan = execute("insert into child values ($1)", 1);
    expect(await both(begin, orphan, commit, alive)).toEqual([[], [], sqlError("23503"), isAlive]);
    const told = await both(begin, query("select 1 / 0"), commit, alive);
    const refused = { kind: "refused", code: "commit-rolled-back", committing: false };
    expect(told.slice(2)).toEqual([expect.objectContaining(refused), isAlive]);
  });

  it("is one of the statement's timeout, too", async () => {
    const limit = execute("set statement_timeout = 50");
    const told = await both(
      limit,
      query("select pg_sleep($1)", 600),
      query("select pg_sleep(600)"),
    );
    expect(told).toEqual([[], sqlError("57014"), sqlError("57014")]);
  });

  it("ends the connection by its SQLSTATE alone", async () => {
    const told = await both(begin, query("select raised($1)", "57P01"), alive, commit);
    const lost = { kind: "connection", code: "57P01", committing: false, fatal: true };
    expect(told[0]).toEqual([]);
    for (const failure of told.slice(1)) expect(failure).toMatchObject(lost);
  });

  it.each([
    ["outside of a transaction, where it may have committed", [], true],
    ["in a transaction", [begin], false],
  ])("that is the server's farewell ends the connection %s", async (_, before, committing) => {
    const leaving = query("select pg_terminate_backend(pg_backend_pid()), $1::integer", 1);
    const told = await both(...before, leaving, alive, commit);
    const lost = { kind: "connection", code: "57P01", fatal: true };
    expect(told.slice(before.length)).toEqual([
      expect.objectContaining({ ...lost, committing }),
      // Nothing was sent any more.
      expect.objectContaining({ ...lost, committing: false }),
      expect.objectContaining({ ...lost, committing: false }),
    ]);
  });

  it("tells of parameters that the statement does not have", async () => {
    const told = await both(query("select 1", 5), alive);
    // 08P01 is of the class after which a connection is given up.
    expect(told).toEqual([
      expect.objectContaining({ kind: "connection", code: "08P01", committing: true }),
      expect.objectContaining({ kind: "connection", code: "08P01", committing: false }),
    ]);
  });
});

describe("a prepared statement", () => {
  const read = query("select * from changing where $1", true);
  const changing = [
    execute("create temporary table changing as select 1 as a"),
    read,
    execute("drop table changing"),
    read,
    execute("create temporary table changing as select 1 as a, 'x' as b"),
    read,
    read,
    alive,
  ];
  const gone = sqlError("42P01");

  it("of which the table has other columns now is refused by the server", async () => {
    const told = await agreed(database.address, changing, ["named"]);
    const changed = sqlError("0A000");
    expect(told).toEqual([[], [{ a: 1 }], [], gone, [], changed, changed, isAlive]);
  });

  it("of which the table has other columns now has them where it is parsed each time", async () => {
    const told = await agreed(database.address, changing, ["unnamed"]);
    const rows = [{ a: 1, b: "x" }];
    expect(told).toEqual([[], [{ a: 1 }], [], gone, [], rows, rows, isAlive]);
  });

  const discarding = [alive, execute("discard all"), alive, alive, query("select 1 as one")];

  it("that the session discarded is not there any more", async () => {
    const told = await agreed(database.address, discarding, ["named"]);
    const missing = sqlError("26000");
    expect(told).toEqual([isAlive, [], missing, missing, [{ one: 1 }]]);
  });

  it("that is parsed each time is not missed", async () => {
    const told = await agreed(database.address, discarding, ["unnamed"]);
    expect(told).toEqual([isAlive, [], isAlive, isAlive, [{ one: 1 }]]);
  });

  it("that could not be prepared is prepared the next time", async () => {
    const read = query("select * from later where $1", true);
    const create = execute("create temporary table later as select 1 as a");
    expect(await both(read, create, read)).toEqual([sqlError("42P01"), [], [{ a: 1 }]]);
  });
});

describe("what nobody asked for", () => {
  it("is not taken for an answer: notices, changed settings", async () => {
    const told = await both(
      query("select noticed(3) as count"),
      query("select noticed($1) as count", 20_000),
      execute("set timezone = 'UTC'; set application_name = 'x'; set datestyle = 'SQL'"),
      query("select noticed(1), 1 / $1::integer", 0),
      alive,
    );
    expect(told).toEqual([[{ count: 3 }], [{ count: 20_000 }], [], sqlError("22012"), isAlive]);
  });

  it.each(drivers)("is not taken for an answer: notifications (%s)", async (driver) => {
    const { perform, connection } = await openSession(driver, database.address);
    await perform(execute("listen channel"));
    for (let round = 0; round < 20; round++) {
      await database.connection.query("select pg_notify('channel', $1)", ["x".repeat(round * 300)]);
      expect(await perform(alive)).toEqual(isAlive);
    }
    expect(connection.alive).toBe(true);
  });
});

describe("COPY", () => {
  it("has nobody who would send rows, and fails", async () => {
    const copying = execute("copy parent from stdin");
    const failed = sqlError("57014");
    expect(await both(copying, alive, copying, alive)).toEqual([failed, isAlive, failed, isAlive]);
  });

  it("has nobody who would take rows, and returns none", async () => {
    const copying = query("copy (select generate_series(1, 100000)) to stdout");
    expect(await both(copying, alive)).toEqual([[], isAlive]);
  });

  it("cannot have parameters", async () => {
    const told = await both(
      execute("copy parent from stdin", 1),
      execute("copy parent to stdout", 1),
    );
    expect(told).toEqual([
      expect.objectContaining({ kind: "connection", code: "08P01" }),
      expect.objectContaining({ kind: "connection", code: "08P01" }),
    ]);
  });
});

describe.each(drivers)("a connection (%s)", (driver) => {
  const open = () => openSession(driver, database.address);

  async function untilSleeping({ pid }: Session): Promise<void> {
    const sql = "select wait_event from pg_catalog.pg_stat_activity where pid = $1";
    const sleeping = async () => {
      const [row] = await database.connection.query(sql, [pid]);
      return row?.wait_event === "PgSleep";
    };
    await until(sleeping, "the sleep");
  }

  it("is renamed, whatever the name", async () => {
    const { connection, perform } = await open();
    await connection.rename(`o'clock \\ "x"`);
    expect(await perform(query("show application_name"))).toEqual([
      { application_name: `o'clock \\ "x"` },
    ]);
    await perform(begin);
    await perform(query("select 1 / 0")).catch(() => undefined);
    const failure = await failureOf(connection.rename("later"));
    expect(failure).toMatchObject({ kind: "sql", code: "25P02", committing: false });
  });

  it("counts the transactions that the server ended on it", async () => {
    const { connection, perform } = await open();
    const before = connection.transactionsEnded;
    const [good, bad] = [query("select 1"), query("select 1 / 0")];
    const ending = [good, bad, begin, good, good, commit, begin, bad, good, rollback, begin, bad];
    // The last one is not answered.
    const last = query("select pg_terminate_backend(pg_backend_pid())");
    for (const step of [...ending, commit, last]) await perform(step).catch(() => undefined);
    expect(connection.alive).toBe(false);
    expect(connection.transactionsEnded - before).toBe(5);
  });

  it("that is closed under a statement fails it, and closes at once", async () => {
    const session = await open();
    const running = failureOf(session.perform(query("select pg_sleep($1)", 600)));
    await untilSleeping(session);
    await session.client.end();
    expect(await running).toMatchObject({ kind: "connection", committing: true });
    expect(session.connection.alive).toBe(false);
    expect(await failureOf(session.perform(alive))).toMatchObject({ committing: false });
    expect(await failureOf(session.connection.rename("x"))).toMatchObject({ kind: "connection" });
  });

  it("that was given up at once fails its statement with the reason, which remains", async () => {
    const { connection, perform } = await open();
    const running = failureOf(perform(query("select pg_sleep(600)")));
    connection.abandon("timeout", "client-timeout");
    connection.abandon("timeout", "in-flight-at-end");
    const givenUp = { kind: "timeout", code: "client-timeout" };
    expect(await running).toMatchObject({ ...givenUp, committing: true });
    expect(await failureOf(perform(alive))).toMatchObject({ ...givenUp, committing: false });
    expect(connection.alive).toBe(false);
  });

  it("that the network drops fails what runs on it", async () => {
    const proxy = await startCommitProxy(database.address.database);
    const session = await openSession(driver, proxy.address);
    await session.perform(begin);
    const running = failureOf(session.perform(query("select pg_sleep($1)", 600)));
    await untilSleeping(session);
    await proxy.close();
    expect(await running).toMatchObject({ kind: "connection", committing: false });
    expect(session.connection.alive).toBe(false);
    await database.connection.query("select pg_terminate_backend($1)", [session.pid]);
  });

  it.each<CommitCut>(["reply-lost", "not-forwarded"])(
    "that the network drops in the middle of a large statement fails it: %s",
    async (how) => {
      const proxy = await startCommitProxy(database.address.database);
      const { perform } = await openSession(driver, proxy.address);
      proxy.cutNext(how);
      // The proxy takes it for a COMMIT by its first letters.
      const text = `commit; select length('${"x".repeat(8_000_000)}')`;
      expect(await failureOf(perform(query(text)))).toMatchObject({ kind: "connection" });
      await proxy.close();
    },
  );
});
