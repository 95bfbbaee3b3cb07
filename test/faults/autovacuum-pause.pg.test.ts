import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { autovacuumPause } from "../../src/faults/autovacuum-pause.ts";
import type { FaultContext, UndoRecord } from "../../src/faults/fault.ts";
import { Connection } from "../../src/server/connection.ts";
import { type FreshDatabase, freshDatabase } from "../helpers/postgres.ts";
import { freshRole } from "../helpers/role.ts";
import { contextOn, placeOf } from "../run/faults/fault.ts";

const pauseUndo = autovacuumPause.undo!;

let database: FreshDatabase;
let context: FaultContext;

beforeEach(async () => {
  database = await freshDatabase();
  context = contextOn(database.connection);
});

afterEach(() => database.drop());

/** By table: its own options and those of its toast table, each as a set. */
async function options(): Promise<Readonly<Record<string, readonly (readonly string[])[]>>> {
  const rows = await database.connection.query(
    `select case n.nspname when 'public' then quote_ident(c.relname)
                 else format('%I.%I', n.nspname, c.relname)
            end as name,
            coalesce(array_to_json(c.reloptions)::text, '[]') as own,
            coalesce(array_to_json(t.reloptions)::text, '[]') as toast
       from pg_catalog.pg_class c
       join pg_catalog.pg_namespace n on n.oid = c.relnamespace
       left join pg_catalog.pg_class t on t.oid = c.reltoastrelid
      where c.relkind in ('r', 'p', 'm') and n.nspname not in ('pg_catalog', 'information_schema')`,
  );
  const sorted = (text: unknown) => (JSON.parse(String(text)) as string[]).sort();
  return Object.fromEntries(
    rows.map((row) => [String(row.name), [sorted(row.own), sorted(row.toast)]]),
  );
}

/** By way of JSON, as from the journal. */
async function inject(): Promise<UndoRecord> {
  const text = JSON.stringify(await pauseUndo.prepare(context, {}));
  const record = JSON.parse(text) as UndoRecord;
  await autovacuumPause.inject(context, {}, record);
  return record;
}

async function setTables(): Promise<void> {
  await database.connection.script(`
    create table plain (id integer, label text);
    create table narrow (id integer);
    create table full_pages (id integer) with (fillfactor = 70);
    create table asked_for (id integer, label text)
      with (autovacuum_enabled = true, fillfactor = 80, toast.autovacuum_enabled = true);
    create table refused (id integer, label text)
      with (autovacuum_enabled = off, toast.autovacuum_enabled = '0');
    create table toast_tuned (id integer, label text)
      with (toast.autovacuum_vacuum_threshold = 5000, autovacuum_vacuum_scale_factor = 0.5);
    create unlogged table unlogged (id integer);
    create schema "Odd ""schema""";
    create table "Odd ""schema"""."select; drop table plain" ("Id" integer, label text);
    create table partitioned (id integer, label text) partition by hash (id);
    create table child_0 partition of partitioned for values with (modulus 2, remainder 0);
    create table child_1 partition of partitioned for values with (modulus 2, remainder 1)
      with (fillfactor = 60);`);
}

describe("autovacuum-pause", () => {
  it("switches autovacuum off on every leaf and its toast table, and restores what was there", async () => {
    await setTables();
    const before = await options();
    const record = await inject();
    const during = await options();
    const off = "autovacuum_enabled=false";
    expect(during).toEqual({
      plain: [[off], [off]],
      narrow: [[off], []],
      full_pages: [[off, "fillfactor=70"], []],
      asked_for: [[off, "fillfactor=80"], [off]],
      refused: [[off], [off]],
      toast_tuned: [
        [off, "autovacuum_vacuum_scale_factor=0.5"],
        [off, "autovacuum_vacuum_threshold=5000"],
      ],
      unlogged: [[off], []],
      '"Odd ""schema"""."select; drop table plain"': [[off], [off]],
      partitioned: [[], []],
      child_0: [[off], [off]],
      child_1: [[off, "fillfactor=60"], [off]],
    });
    await pauseUndo.perform(context, record);
    expect(await options()).toEqual(before);
    expect(before.refused).toEqual([["autovacuum_enabled=off"], ["autovacuum_enabled=0"]]);
  });

  it("reads what the undo will need without changing anything", async () => {
    await setTables();
    const before = await options();
    await pauseUndo.prepare(context, {});
    expect(await options()).toEqual(before);
  });

  it("may be undone twice, and by a login with another search_path", async () => {
    await setTables();
    const before = await options();
    await database.connection.script(`set search_path to "Odd ""schema""", public`);
    const record = await inject();
    await database.connection.script("set search_path to public");
    await pauseUndo.perform(context, record);
    expect(await options()).toEqual(before);
    await pauseUndo.perform(context, record);
    expect(await options()).toEqual(before);
  });

  it("leaves alone what came after it and passes over what is gone", async () => {
    await setTables();
    const record = await inject();
    await database.connection.script(`
      drop table plain;
      drop schema "Odd ""schema""" cascade;
      create table later (id integer) with (autovacuum_enabled = false);`);
    await pauseUndo.perform(context, record);
    const after = await options();
    expect(after.later).toEqual([["autovacuum_enabled=false"], []]);
    expect(after.asked_for).toEqual([
      ["autovacuum_enabled=true", "fillfactor=80"],
      ["autovacuum_enabled=true"],
    ]);
    expect(Object.keys(after)).not.toContain("plain");
  });

  it("finds a table again that was renamed and moved meanwhile", async () => {
    await setTables();
    const before = await options();
    const record = await inject();
    await database.connection.script(`
      create schema elsewhere;
      alter table asked_for set schema elsewhere;
      alter table elsewhere.asked_for rename to renamed;`);
    await pauseUndo.perform(context, record);
    expect((await options())["elsewhere.renamed"]).toEqual(before.asked_for);
  });

  it("leaves what was set meanwhile to parameters that are not its own", async () => {
    await setTables();
    const record = await inject();
    await database.connection.script("alter table full_pages set (fillfactor = 90)");
    await pauseUndo.perform(context, record);
    expect((await options()).full_pages).toEqual([["fillfactor=90"], []]);
  });

  it.each([
    ["an option", { options: JSON.stringify(["autovacuum_enabled=on'); drop table t; --"]) }],
    ["an oid", { oid: "1 or true" }],
    ["options that are no JSON", { toastOptions: "{" }],
  ])("does not make SQL of a journal that has something else for %s", async (_, given) => {
    await database.connection.script("create table t (id integer)");
    const [row] = await database.connection.query("select 't'::regclass::oid::text as oid");
    const table = { oid: String(row?.oid), name: "public.t", hasToast: false };
    const record = { tables: [{ ...table, options: "[]", toastOptions: "[]", ...given }] };
    await expect(pauseUndo.perform(context, record)).rejects.toMatchObject({
      name: "JournalError",
      message: expect.stringContaining("what autovacuum-pause is to undo is not") as unknown,
    });
    expect(await options()).toEqual({ t: [[], []] });
  });

  it("touches neither the system's tables nor the journal", async () => {
    await database.connection.script(
      "create schema loadgen_chaos; create table loadgen_chaos.journal (id text)",
    );
    const record = await inject();
    expect(await options()).toEqual({ "loadgen_chaos.journal": [[], []] });
    expect(record).toEqual({ tables: [] });
  });

  it("has nothing to say against a database whose tables are the login's own", async () => {
    await setTables();
    expect(await autovacuumPause.check(context, {})).toEqual([]);
  });

  it("complains, table by table, for a role that owns nothing", async () => {
    const role = await freshRole(database.address);
    await database.connection.script(`
      create table one (id integer);
      create table other (id integer);
      create table own (id integer);
      alter table own owner to ${role.name};`);
    const problems = await Connection.use(role.address, "loadgen/test", (connection) =>
      autovacuumPause.check(placeOf(connection), {}),
    );
    expect([...problems].sort()).toEqual([
      "autovacuum-pause needs the ownership of public.one",
      "autovacuum-pause needs the ownership of public.other",
    ]);
    await database.connection.script("drop table own");
    await role.drop();
  });
});
