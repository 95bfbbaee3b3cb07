import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { autovacuumPause } from "../../src/faults/autovacuum-pause.ts";
import { withFaultConnection } from "../../src/run/faults/fault-connection.ts";
import { localEntries, targetEntries } from "../../src/faults/journal.ts";
import { undoPatiently } from "../../src/faults/patience.ts";
import { Chaos } from "../../src/run/faults/chaos.ts";
import { Connection } from "../../src/server/connection.ts";
import { type FreshDatabase, freshDatabase, until } from "../helpers/postgres.ts";
import { arm, baseOf, chaosOptions } from "../run/faults/fault.ts";

let database: FreshDatabase;
let folder: string;

beforeEach(async () => {
  database = await freshDatabase();
  folder = await mkdtemp(join(tmpdir(), "loadgen-patience-"));
});

afterEach(async () => {
  await database.drop();
  await rm(folder, { recursive: true });
});

function chaosOver(connection: Connection, server: string | null): Chaos {
  const options = chaosOptions(database, folder, { server, base: baseOf(connection) });
  return new Chaos([arm(autovacuumPause)], options);
}

/** How many entries there are on disk and in the database. */
async function journalled() {
  const journals = [await localEntries(folder), await targetEntries(database.connection)];
  return journals.map(({ length }) => length);
}

describe("a fault whose connection or lock is somebody else's for a while", () => {
  const paused = "autovacuum_enabled=false";

  beforeEach(() =>
    database.connection.script("create table t (id integer); create table u (id integer);"),
  );

  async function options() {
    const rows = await database.connection.query(
      `select array_to_string(reloptions, ',') as options from pg_catalog.pg_class
        where oid in ('t'::regclass, 'u'::regclass) order by relname`,
    );
    return rows.map((row) => row.options);
  }

  function withPause<T>(work: (run: Chaos) => Promise<T>, server: string | null = null) {
    return withFaultConnection(database.address, "loadgen/chaos", (connection) =>
      work(chaosOver(connection, server)),
    );
  }

  /** Another session's lock on one table, until `work` is done or lets it go. */
  function withLock(table: string, work: (release: () => Promise<void>) => Promise<void>) {
    return Connection.use(database.address, "loadgen/test", async (other) => {
      await other.script(`begin; lock table ${table} in share update exclusive mode;`);
      await work(() => other.script("rollback"));
    });
  }

  it("is undone over a new connection where its own was ended", async () => {
    await withPause(async (run) => {
      await run.injectStanding();
      expect(await options()).toEqual([paused, paused]);
      await endConnections();
      await run.end();
      expect(run.courses[0]).toMatchObject({ injectProblem: null, undoProblem: null });
    });
    expect(await options()).toEqual([null, null]);
    expect(await journalled()).toEqual([0, 0]);
  });

  it("is undone once more where its connection was ended in the undo itself", async () => {
    await withPause(async (run) => {
      await run.injectStanding();
      await withLock("t", async (release) => {
        const ending = run.end();
        await until(isWaiting, "the undo to wait for the lock");
        await endConnections();
        await release();
        await ending;
      });
      expect(run.courses[0]?.undoProblem).toBeNull();
    });
    expect(await options()).toEqual([null, null]);
  });

  it("is not injected past a lock that is not given up, and what was injected is undone", async () => {
    await withPause(async (run) => {
      await withLock("u", () => run.injectStanding());
      expect(run.courses[0]?.injectProblem).toMatch(/lock timeout/);
      expect(await options()).toEqual([paused, null]);
      await run.end();
      expect(run.courses[0]?.undoProblem).toBeNull();
    });
    expect(await options()).toEqual([null, null]);
  });

  it("is undone as soon as a lock is given up", async () => {
    await withPause(async (run) => {
      await run.injectStanding();
      await withLock("t", async (release) => {
        const ending = run.end();
        await until(async () => (await options())[1] === null, "the first try to be half over");
        await release();
        await ending;
      });
      expect(run.courses[0]?.undoProblem).toBeNull();
    });
    expect(await options()).toEqual([null, null]);
  });

  it("says how to go on where a lock outlasts its patience", async () => {
    const url = "postgresql://h:1/d";
    await withLock("t", () =>
      withPause(async (run) => {
        await run.injectStanding();
        expect(run.courses[0]?.injectProblem).toMatch(/lock timeout/);
        const startMs = performance.now();
        await run.end();
        expect(performance.now() - startMs).toBeLessThan(40_000);
        expect(run.courses[0]?.undoProblem).toMatch(
          /lock timeout.*by hand: alter table public\.t .*; To try again: loadgen chaos restore --url postgresql:\/\/h:1\/d$/,
        );
      }, url),
    );
    expect(await journalled()).toEqual([1, 1]);
  });

  async function isWaiting(): Promise<boolean> {
    const [row] = await database.connection.query(
      `select count(*)::int4 as count from pg_catalog.pg_stat_activity
        where datname = current_database() and application_name = 'loadgen/chaos'
          and wait_event_type = 'Lock'`,
    );
    return row?.count === 1;
  }

  async function endConnections(): Promise<void> {
    const rows = await database.connection.query(
      `select pg_terminate_backend(pid, 10000) as ended from pg_catalog.pg_stat_activity
        where datname = current_database() and application_name = 'loadgen/chaos'`,
    );
    expect(rows).toEqual([{ ended: true }]);
  }
});

describe("the patience of an undo", () => {
  const answersMsMax = 100;

  it("is for the target's answers, and begins with them, whatever else takes its time before", async () => {
    const startMs = performance.now();
    let answers = 0;
    await undoPatiently(
      database.connection,
      async (target) => {
        await until(() => performance.now() - startMs > 2 * answersMsMax, "a slow start");
        await target.query("select 1");
        answers++;
      },
      answersMsMax,
    );
    expect(answers).toBe(1);
  });

  it("ends with answers that took too long together: then nothing more is asked or tried", async () => {
    let tries = 0;
    const undoing = undoPatiently(
      database.connection,
      async (target) => {
        tries++;
        await target.query("select pg_sleep(0.2)");
        await target.query("select 1");
      },
      answersMsMax,
    );
    await expect(undoing).rejects.toThrow("not tried: the undo waited 0.1 s for answers already");
    expect(tries).toBe(1);
  });
});
