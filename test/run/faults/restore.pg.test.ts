import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { autovacuumPause } from "../../../src/faults/autovacuum-pause.ts";
import {
  type JournalEntry,
  localEntries,
  removeLocalEntry,
  targetEntries,
  writeEntry,
} from "../../../src/faults/journal.ts";
import {
  entriesElsewhere,
  pendingEntries,
  restoreAll,
  strikeOutEmbedded,
  type RestoreScope,
} from "../../../src/run/faults/restore.ts";
import type { Address } from "../../../src/server/address.ts";
import { Connection } from "../../../src/server/connection.ts";
import { createEmptyDatabase } from "../../../src/server/databases.ts";
import { type FreshDatabase, freshDatabase, startServer, until } from "../../helpers/postgres.ts";
import { contextOn } from "./fault.ts";

let database: FreshDatabase;
let folder: string;
let scope: RestoreScope;

beforeEach(async () => {
  database = await freshDatabase();
  folder = await mkdtemp(join(tmpdir(), "loadgen-restore-"));
  // As a server of the user's own: on the embedded one all databases are asked, other tests' too.
  scope = {
    journalFolder: folder,
    server: database.address.display,
    address: database.address,
    host: null,
  };
});

afterEach(async () => {
  await database.drop();
  await rm(folder, { recursive: true });
});

function entry(given: Partial<JournalEntry> = {}): JournalEntry {
  return {
    id: "a-run-0",
    fault: "autovacuum-pause",
    database: database.address.database,
    server: scope.server,
    injectedAt: "2026-11-20T12:00:00.000Z",
    owner: null,
    undo: { tables: [] },
    ...given,
  };
}

/** Journalled and injected, and then the run is gone. */
async function leaveBehind(connection: Connection, given: Partial<JournalEntry> = {}) {
  const context = contextOn(connection);
  const undo = await autovacuumPause.undo!.prepare(context, {});
  const written = entry({ undo, ...given });
  await writeEntry(folder, connection, written);
  await autovacuumPause.inject(context, {}, undo);
  return written;
}

async function optionsOf(table: string, connection = database.connection) {
  const [row] = await connection.query(
    "select array_to_string(reloptions, ',') as options from pg_catalog.pg_class where oid = $1::regclass",
    [table],
  );
  return row?.options;
}

const createTable = "create table t (id integer) with (fillfactor = 70)";

/** The run's connection is another than the one that restores. */
async function tableWithFault(given: Partial<JournalEntry> = {}): Promise<JournalEntry> {
  await database.connection.script(createTable);
  const left = await leaveBehind(database.connection, given);
  expect(await optionsOf("t")).toBe("fillfactor=70,autovacuum_enabled=false");
  return left;
}

describe("restoring", () => {
  it("undoes what an interrupted run left behind, and strikes it out", async () => {
    const left = await tableWithFault();
    expect(await pendingEntries(scope)).toEqual([left]);
    expect(await restoreAll(scope)).toEqual([
      { entry: left, problem: null, note: `undone in the database ${left.database}` },
    ]);
    expect(await optionsOf("t")).toBe("fillfactor=70");
    expect(await localEntries(folder)).toEqual([]);
    expect(await targetEntries(database.connection)).toEqual([]);
    expect(await restoreAll(scope)).toEqual([]);
  });

  it("needs the journal on disk alone, or the one in the database alone", async () => {
    const left = await tableWithFault();
    await removeLocalEntry(folder, left.id);
    expect(await restoreAll(scope)).toMatchObject([{ problem: null }]);
    expect(await optionsOf("t")).toBe("fillfactor=70");

    await leaveBehind(database.connection);
    await database.connection.script("drop schema loadgen_chaos cascade");
    expect(await restoreAll(scope)).toMatchObject([{ problem: null }]);
    expect(await optionsOf("t")).toBe("fillfactor=70");
    expect(await localEntries(folder)).toEqual([]);
  });

  it("leaves the entries of other servers for when those are named", async () => {
    const other = entry({ id: "other-0", server: "postgresql://elsewhere:5432/db" });
    const embedded = entry({ id: "other-1", server: null });
    await writeEntry(folder, database.connection, other);
    await writeEntry(folder, database.connection, embedded);
    await database.connection.script("drop schema loadgen_chaos cascade");
    expect(await restoreAll(scope)).toEqual([]);
    expect(await localEntries(folder)).toEqual([other, embedded]);
    expect(await entriesElsewhere(scope, [])).toEqual([other, embedded]);
    expect(await entriesElsewhere(scope, [other])).toEqual([embedded]);
  });

  it("takes another login for no other server", async () => {
    const server = scope.server?.replace(/\/\/[^@]*@/, "//somebody@") ?? "";
    const left = await tableWithFault({ server: `${server.replace(/\?.*/, "")}?sslmode=prefer` });
    await database.connection.script("drop schema loadgen_chaos cascade");
    expect(await entriesElsewhere(scope, [])).toEqual([]);
    expect(await restoreAll(scope)).toMatchObject([{ entry: left, problem: null }]);
    expect(await optionsOf("t")).toBe("fillfactor=70");
  });

  it("strikes out what was on the embedded server, and that alone, where its data are gone", async () => {
    const embedded = entry({ id: "a-run-1", server: null });
    for (const one of [entry(), embedded]) await writeEntry(folder, database.connection, one);
    expect(await strikeOutEmbedded(folder)).toMatchObject([{ entry: embedded, problem: null }]);
    expect(await localEntries(folder)).toEqual([entry()]);
  });

  it("does not make SQL of what somebody wrote into the journal, and says so", async () => {
    const options = JSON.stringify(["autovacuum_enabled=on'); drop table t; --"]);
    const table = { oid: "1", name: "t", hasToast: false, options, toastOptions: "[]" };
    await writeEntry(folder, database.connection, entry({ undo: { tables: [table] } }));
    const [restored] = await restoreAll(scope);
    expect(restored?.problem).toMatch(/is not an entry of the journal.*undo that by hand/s);
    expect(await localEntries(folder)).toHaveLength(1);
  });

  it("outlasts a connection that is ended", async () => {
    await tableWithFault();
    await Connection.use(database.address, "loadgen/test", async (other) => {
      await other.script("begin; lock table t in share update exclusive mode;");
      const restoring = restoreAll(scope);
      const waiting = `select pg_terminate_backend(pid, 10000) from pg_catalog.pg_stat_activity
        where datname = current_database() and application_name = 'loadgen/restore'
          and wait_event_type = 'Lock'`;
      await until(
        async () => (await database.connection.query(waiting)).length > 0,
        "the undo to wait for the lock, and its connection to be ended",
      );
      await other.script("rollback");
      expect(await restoring).toMatchObject([{ problem: null }]);
    });
    expect(await optionsOf("t")).toBe("fillfactor=70");
  });

  it("believes a database about itself, whatever it was called before", async () => {
    const left = await tableWithFault({
      database: "its_former_name",
      server: "its former address",
    });
    await removeLocalEntry(folder, left.id);
    expect(await restoreAll(scope)).toMatchObject([
      { entry: { database: database.address.database }, problem: null },
    ]);
    expect(await optionsOf("t")).toBe("fillfactor=70");
  });

  it("does not let a database say how its fault is undone where the disk knows", async () => {
    const left = await tableWithFault({ database: "its_former_name" });
    const forged = JSON.stringify({ ...left, fault: "freeze", undo: { tables: [] } });
    await database.connection.query("update loadgen_chaos.journal set entry = $1", [forged]);
    const { database: name } = database.address;
    expect(await restoreAll(scope)).toMatchObject([
      { entry: { ...left, database: name }, problem: null },
    ]);
    expect(await optionsOf("t")).toBe("fillfactor=70");
    expect(await localEntries(folder)).toEqual([]);
    expect(await targetEntries(database.connection)).toEqual([]);
  });

  it("has nothing to undo where the database is gone", async () => {
    const gone = entry({ database: "a_database_that_is_gone" });
    await writeEntry(folder, database.connection, gone);
    await database.connection.script("drop schema loadgen_chaos cascade");
    expect(await restoreAll(scope)).toEqual([
      { entry: gone, problem: null, note: "its database is gone, and the fault with it" },
    ]);
    expect(await localEntries(folder)).toEqual([]);
  });

  it("undoes from another database what outlives the one that is gone", async () => {
    const slot = `loadgen_slot_${randomBytes(8).toString("hex")}`;
    const gone = entry({
      fault: "slot-retention",
      database: "a_database_that_is_gone",
      undo: { slot },
    });
    await writeEntry(folder, database.connection, gone);
    await database.connection.script("drop schema loadgen_chaos cascade");
    await database.connection.query("select pg_create_physical_replication_slot($1, true)", [slot]);
    const note = `undone in the database ${database.address.database}`;
    expect(await restoreAll(scope)).toEqual([{ entry: gone, problem: null, note }]);
    expect(await localEntries(folder)).toEqual([]);
    const left = "select slot_name from pg_catalog.pg_replication_slots where slot_name = $1";
    expect(await database.connection.query(left, [slot])).toEqual([]);
  });

  it("reports what it cannot undo, keeps it, and goes on with the rest", async () => {
    const unknown = entry({
      id: "a-run-1",
      fault: "from-the-future",
      injectedAt: "2026-11-20T11:00:00.000Z",
    });
    await writeEntry(folder, database.connection, unknown);
    const known = await tableWithFault();
    expect(await restoreAll(scope)).toEqual([
      {
        entry: unknown,
        problem: "this loadgen knows no fault from-the-future: use the version that injected it",
        note: "",
      },
      { entry: known, problem: null, note: `undone in the database ${known.database}` },
    ]);
    expect(await optionsOf("t")).toBe("fillfactor=70");
    expect(await localEntries(folder)).toEqual([unknown]);
    expect(await targetEntries(database.connection)).toEqual([unknown]);
  });

  it("tells why the server did not let it, and keeps the entry", async () => {
    await database.connection.script(createTable);
    const options = JSON.stringify(["autovacuum_enabled=maybe"]);
    const [row] = await database.connection.query("select 't'::regclass::oid::text as oid");
    const oid = String(row?.oid);
    const tables = [{ oid, name: "public.t", hasToast: false, options, toastOptions: "[]" }];
    const refused = entry({ undo: { tables } });
    await writeEntry(folder, database.connection, refused);
    const [restored] = await restoreAll(scope);
    expect(restored?.problem).toContain('invalid value for boolean option "autovacuum_enabled"');
    expect(restored?.problem).toContain(
      "Left to do, by hand: alter table public.t set (autovacuum_enabled = 'maybe');",
    );
    expect(await localEntries(folder)).toEqual([refused]);
  });

  it("undoes the oldest first", async () => {
    const times = ["2026-11-20T12:00:03Z", "2026-11-20T12:00:01Z", "2026-11-20T12:00:02Z"];
    for (const [index, injectedAt] of times.entries()) {
      await writeEntry(folder, database.connection, entry({ id: `a-run-${index}`, injectedAt }));
    }
    const ids = (await restoreAll(scope)).map((restored) => restored.entry.id);
    expect(ids).toEqual(["a-run-1", "a-run-2", "a-run-0"]);
  });

  it("does not take a database that is not there for one without entries", async () => {
    const address = database.address.withDatabase("no_such_database");
    for (const server of [null, address.display]) {
      await expect(restoreAll({ ...scope, address, server })).rejects.toMatchObject({
        name: "ServerError",
        code: "3D000",
      });
    }
  });
});

describe("restoring on the embedded server", () => {
  it("asks every database that there is", async () => {
    const { address, stop } = await startServer(18);
    try {
      const names = ["loadgen_run_one", "loadgen_run_other"];
      for (const name of names) await faultIn(address, name);
      const found = await restoreAll({ journalFolder: folder, server: null, address, host: null });
      expect(found.map((one) => one.entry.database).sort()).toEqual(names);
      expect(found.map((one) => one.problem)).toEqual([null, null]);
      for (const name of names) {
        await Connection.use(address.withDatabase(name), "loadgen/test", async (connection) => {
          expect(await optionsOf("t", connection)).toBe("fillfactor=70");
        });
      }
      expect(await localEntries(folder)).toEqual([]);
    } finally {
      await stop();
    }
  });

  async function faultIn(admin: Address, name: string): Promise<void> {
    await createEmptyDatabase(admin, name);
    await Connection.use(admin.withDatabase(name), "loadgen/test", async (connection) => {
      await connection.script(createTable);
      await leaveBehind(connection, { id: name, database: name, server: null });
    });
    // As if the run had been on another machine.
    await removeLocalEntry(folder, name);
  }
});
