import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  type JournalEntry,
  localEntries,
  removeEntry,
  removeLocalEntry,
  targetEntries,
  writeEntry,
} from "../../src/faults/journal.ts";
import { Connection } from "../../src/server/connection.ts";
import { type FreshDatabase, freshDatabase } from "../helpers/postgres.ts";
import { freshRole } from "../helpers/role.ts";

let database: FreshDatabase;
let parent: string;
/** Not there yet. */
let folder: string;

beforeEach(async () => {
  database = await freshDatabase();
  parent = await mkdtemp(join(tmpdir(), "loadgen-journal-"));
  folder = join(parent, "journal");
});

afterEach(async () => {
  await database.drop();
  await rm(parent, { recursive: true });
});

const first: JournalEntry = {
  id: "20261120T120000-1-0",
  fault: "autovacuum-pause",
  database: "somewhere",
  server: null,
  injectedAt: "2026-11-20T12:00:00.000Z",
  owner: { pid: 1, started: "a boot/123" },
  undo: { tables: [{ name: `public."o'dd"`, hasToast: true, options: "[]" }], none: null },
};

const second: JournalEntry = { ...first, id: "20261120T120000-1-1", server: "postgresql://h:1/d" };

async function schemas(): Promise<readonly string[]> {
  const rows = await database.connection.query(
    "select nspname::text as name from pg_catalog.pg_namespace where nspname = 'loadgen_chaos'",
  );
  return rows.map((row) => String(row.name));
}

describe("the journal", () => {
  it("is in both places, and reads back what was written", async () => {
    await writeEntry(folder, database.connection, first);
    await writeEntry(folder, database.connection, second);
    expect(await localEntries(folder)).toEqual([first, second]);
    expect(await targetEntries(database.connection)).toEqual([first, second]);
  });

  it("keeps one file an entry under its final name", async () => {
    await writeEntry(folder, database.connection, first);
    expect(await readdir(folder)).toEqual([`${first.id}.json`]);
    expect(JSON.parse(await readFile(join(folder, `${first.id}.json`), "utf8"))).toEqual(first);
  });

  it("takes the same entry twice for one", async () => {
    await writeEntry(folder, database.connection, first);
    await writeEntry(folder, database.connection, first);
    expect(await localEntries(folder)).toEqual([first]);
    expect(await targetEntries(database.connection)).toEqual([first]);
  });

  it("survives the connection that wrote it", async () => {
    await Connection.use(database.address, "loadgen/chaos", async (connection) => {
      await writeEntry(folder, connection, first);
      await database.connection.query(
        `select pg_terminate_backend(pid) from pg_catalog.pg_stat_activity
          where application_name = 'loadgen/chaos' and datname = current_database()`,
      );
    });
    expect(await localEntries(folder)).toEqual([first]);
    expect(await targetEntries(database.connection)).toEqual([first]);
  });

  it("is empty where there was none", async () => {
    expect(await localEntries(folder)).toEqual([]);
    expect(await targetEntries(database.connection)).toEqual([]);
    expect(await schemas()).toEqual([]);
  });

  it("leaves no schema and no file behind once its last entry is struck out", async () => {
    await writeEntry(folder, database.connection, first);
    await writeEntry(folder, database.connection, second);
    await removeEntry(folder, database.connection, first.id);
    expect(await localEntries(folder)).toEqual([second]);
    expect(await targetEntries(database.connection)).toEqual([second]);
    expect(await schemas()).toEqual(["loadgen_chaos"]);
    await removeEntry(folder, database.connection, second.id);
    expect(await readdir(folder)).toEqual([]);
    expect(await schemas()).toEqual([]);
    // Struck out twice is struck out.
    await removeEntry(folder, database.connection, second.id);
  });

  it("leaves a schema of the same name to whoever else has something in it", async () => {
    await database.connection.script(
      "create schema loadgen_chaos; create table loadgen_chaos.theirs (id integer);",
    );
    await writeEntry(folder, database.connection, first);
    await removeEntry(folder, database.connection, first.id);
    expect(await targetEntries(database.connection)).toEqual([]);
    expect(await database.connection.query("select * from loadgen_chaos.theirs")).toEqual([]);
    const [journal] = await database.connection.query(
      "select to_regclass('loadgen_chaos.journal') is null as gone",
    );
    expect(journal).toEqual({ gone: true });
  });

  it("may have an entry on disk alone, or in the database alone", async () => {
    await writeEntry(folder, database.connection, first);
    await database.connection.script("drop schema loadgen_chaos cascade");
    await removeEntry(folder, database.connection, first.id);
    expect(await localEntries(folder)).toEqual([]);

    await writeEntry(folder, database.connection, second);
    await removeLocalEntry(folder, second.id);
    expect(await localEntries(folder)).toEqual([]);
    expect(await targetEntries(database.connection)).toEqual([second]);
    await removeEntry(folder, database.connection, second.id);
    expect(await schemas()).toEqual([]);
  });

  it("ignores a file whose writing was cut short", async () => {
    await writeEntry(folder, database.connection, first);
    await writeFile(join(folder, `${second.id}.json.new`), JSON.stringify(second).slice(0, 20));
    expect(await localEntries(folder)).toEqual([first]);
    // The next attempt to write it is not in its way.
    await writeEntry(folder, database.connection, second);
    expect(await localEntries(folder)).toEqual([first, second]);
  });

  it("refuses a file that is no entry: what it stood for must not be forgotten", async () => {
    await writeEntry(folder, database.connection, first);
    await writeFile(join(folder, "other.json"), JSON.stringify({ id: "other" }));
    await expect(localEntries(folder)).rejects.toThrow(
      /other\.json is not an entry of the journal of faults .* undo that by hand/s,
    );
  });

  it("refuses an id that would be a file elsewhere, in either place", async () => {
    for (const id of ["../elsewhere", "a/b", ""]) {
      await writeEntry(folder, database.connection, first);
      const entry = JSON.stringify({ ...first, id });
      await database.connection.query("update loadgen_chaos.journal set entry = $1", [entry]);
      await expect(targetEntries(database.connection)).rejects.toThrow(
        /a row of loadgen_chaos.journal is not an entry of the journal of faults/,
      );
      await writeFile(join(folder, "other.json"), entry);
      await expect(localEntries(folder)).rejects.toThrow(/other\.json is not an entry/);
      await database.connection.script("drop schema loadgen_chaos cascade");
    }
  });

  it("has no entry where the target did not take it, so that nothing is undone that never was", async () => {
    const role = await freshRole(database.address);
    await Connection.use(role.address, "loadgen/chaos", async (connection) => {
      await expect(writeEntry(folder, connection, first)).rejects.toMatchObject({ code: "42501" });
    });
    expect(await localEntries(folder)).toEqual([]);
    await role.drop();
  });
});
