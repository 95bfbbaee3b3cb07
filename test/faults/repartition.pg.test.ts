/** That repartition takes nothing from the user: it refuses, or makes again; and it works on dms. */
import { describe, expect, it } from "vitest";
import { repartition } from "../../src/faults/repartition.ts";
import { Connection } from "../../src/server/connection.ts";
import { expectCode, Loadgen, runJsonIn, tinyFixture } from "../helpers/loadgen.ts";
import { freshDatabase, until } from "../helpers/postgres.ts";
import { freshRole } from "../helpers/role.ts";
import { placeOf } from "../run/faults/fault.ts";
import { onEachServer } from "./in-run.ts";

const plainSql = `
  create schema s;
  create table s.t (id bigint not null, label text) partition by hash (id);
  create table s.t_0 partition of s.t for values with (modulus 2, remainder 0);
  create table s.t_1 partition of s.t for values with (modulus 2, remainder 1);`;

/** What is in its way, and the sentence that names it. */
const inTheWay = (role: string): readonly (readonly [string, string])[] => [
  [
    "create sequence s.t_id_seq owned by s.t.id; alter table s.t alter id set default nextval('s.t_id_seq')",
    "sequence s.t_id_seq",
  ],
  [
    "create function s.label(s.t) returns text language sql as 'select $1.label'",
    "function s.label(s.t)",
  ],
  [
    "create function s.atomic() returns bigint language sql begin atomic select count(*) from s.t; end",
    "function s.atomic()",
  ],
  ["create table s.other (whole s.t)", "column whole of table s.other"],
  ["create table s.others (wholes s.t[])", "column wholes of table s.others"],
  ["create view s.v as select * from s.t; create view s.w as select * from s.v", "view s.w"],
  ["create materialized view s.m as select * from s.t", "materialized view s.m"],
  ["create rule quiet as on delete to s.t do instead nothing", "rule quiet on table s.t"],
  ["create statistics s.extended on id, label from s.t", "statistics object s.extended"],
  ["alter table s.t_0 enable row level security", "has row-level security"],
  [`grant select (label) on s.t to ${role}`, "has privileges on single columns"],
  [`grant insert on s.t to ${role} with grant option`, "has privileges with grant option"],
  [`grant select on s.t_1 to ${role}`, "has partitions that differ in privileges"],
  ["comment on table s.t_0 is 'the first'", "has comments on"],
  ["create index alone on s.t_0 (label)", "has indexes or constraints of single partitions"],
  ["alter table s.t alter label set statistics 7", "has statistics targets"],
  ["create schema loadgen_repartition_old", "there is a schema loadgen_repartition_old already"],
];

/** As an exchange leaves it, referring to two tables that are at work. */
const asideSql = `
  create schema s;
  create table s.a (key int primary key) partition by hash (key);
  create table s.a_0 partition of s.a for values with (modulus 2, remainder 0);
  create table s.a_1 partition of s.a for values with (modulus 2, remainder 1);
  create table s.b (key int primary key);
  create schema loadgen_repartition_old;
  create table loadgen_repartition_old.t (
    a int references s.a, b int references s.b
  ) partition by hash (a);
  create table loadgen_repartition_old.t_0 partition of loadgen_repartition_old.t
    for values with (modulus 1, remainder 0);`;

onEachServer((server) => {
  it("repartition lists all that it would take from a table, and drops nothing with it", async () => {
    const database = await freshDatabase(server().address);
    const { connection } = database;
    const role = await freshRole(database.address);
    const place = placeOf(connection);
    const check = () => repartition.check(place, { partitions: 4, table: "s.t" });
    try {
      await connection.script(plainSql);
      expect(await check()).toEqual([]);
      const all = inTheWay(role.name);
      for (const [sql] of all) await connection.script(sql);
      const problems = await check();
      for (const [, named] of all) {
        expect(problems.filter((problem) => problem.includes(named))).toHaveLength(1);
      }
      expect(problems).toHaveLength(all.length);

      // As an exchange leaves it, and something came to depend on it.
      await connection.script(`
        alter table s.t set schema loadgen_repartition_old`);
      const undo = () => repartition.undo?.perform(place, { ours: true });
      await expect(undo()).rejects.toThrow("because other objects depend on it");
      expect(await connection.query("select * from s.other")).toEqual([]);
      await connection.script("drop schema s cascade");
      await undo();
      await undo();
      expect(
        await connection.query("select to_regnamespace('loadgen_repartition_old')::text as old"),
      ).toEqual([{ old: null }]);
    } finally {
      await connection.script(`drop owned by ${role.name}`);
      await role.drop();
      await database.drop();
    }
  });

  it.each([
    ["s.a", "s.b"],
    ["s.b", "s.a"],
    ["s.a where key = 1", "s.a where key = 4"],
    ["s.a where key = 4", "s.a where key = 1"],
  ])("dropping the old table waits for who reads %s, who goes on to %s", async (one, other) => {
    const database = await freshDatabase(server().address);
    const reader = await Connection.open(database.address, "loadgen/test");
    try {
      await database.connection.script(asideSql);
      await reader.script(`set lock_timeout = '10s'; begin; select * from ${one}`);
      const dropping = repartition.undo?.perform(placeOf(database.connection), { ours: true });
      const waiting = `select from pg_stat_activity where wait_event_type = 'Lock'
        and datname = current_database()`;
      await until(async () => (await reader.query(waiting)).length === 1, "the one who drops");
      await reader.query(`select * from ${other}`);
      await reader.query("commit");
      await dropping;
      expect(
        await reader.query("select to_regnamespace('loadgen_repartition_old')::text as old"),
      ).toEqual([{ old: null }]);
    } finally {
      await reader.close();
      await database.drop();
    }
  });
});

/** What must be as before; names of partitions and their indexes are new. */
const definitionsSql = `
  select 'key ' || conname || ' ' || pg_get_constraintdef(oid) as text from pg_constraint
  where conrelid = 'dms.reference'::regclass and contype <> 'n' and conparentid = 0
  union all
  select pg_get_indexdef(indexrelid) from pg_index where indrelid = 'dms.reference'::regclass
  union all
  select concat_ws(' ', 'column', attname, format_type(atttypid, atttypmod), attnotnull, attidentity)
  from pg_attribute where attrelid = 'dms.reference'::regclass and attnum > 0
  union all
  select concat_ws(' ', 'view', relname, relacl::text, reloptions::text, relowner::regrole,
    obj_description(oid), pg_get_viewdef(oid))
  from pg_class where relkind = 'v' and relnamespace = 'dms'::regnamespace
  union all
  select nspname from pg_namespace where nspname like 'loadgen_repart%'
  order by 1`;

const wholeSql = `
  select (select count(*)::int4 from pg_inherits where inhparent = 'dms.reference'::regclass) as partitions,
    (select max(id) from dms.reference) <= (select last_value from pg_sequences
      where format('%I.%I', schemaname, sequencename) = pg_get_serial_sequence('dms.reference', 'id'))
      as goes_on`;

const viewsSql = `
  alter view dms.FullReference set (security_barrier = true);
  comment on view dms.FullReference is 'It''s what a reference says.';
  grant select, insert on dms.ReverseReference to public;`;

describe("repartition on dms", () => {
  it("gives references more partitions under load, with views, keys and identity as before", async () => {
    const loadgen = await Loadgen.prepared();
    try {
      const fixture = [...tinyFixture, "--partitions", "4"];
      const { stdout } = await loadgen.command("fixtures", "load", ...fixture);
      const [, template = ""] = /\nloaded: (\S+)\n$/.exec(stdout) ?? [];
      const server = await loadgen.server();
      const allow = (is: boolean) =>
        Connection.use(server, "loadgen/test", (connection) =>
          connection.query(`alter database ${template} with allow_connections ${is}`),
        );
      await allow(true);
      const loaded = server.withDatabase(template);
      const before = await Connection.use(loaded, "loadgen/test", async (connection) => {
        await connection.script(viewsSql);
        return connection.query(definitionsSql);
      });
      await allow(false);
      const { started, folder } = loadgen.startRun([
        ...["concurrent", ...fixture, "--sessions", "4", "--think", "5ms", "--warmup", "0"],
        ...["--duration", "300s", "--keep", "--chaos", "repartition:partitions=8@500ms"],
      ]);
      await started.printed("fault over");
      started.signal("SIGINT");
      expectCode(await started.ended, 130);
      const { faults, invariants } = await runJsonIn(folder);
      expect(faults).toMatchObject([{ effective: true, undone: true, task: { outcome: "done" } }]);
      expect(invariants.length).toBeGreaterThan(3);
      expect(invariants.filter(({ ok }) => ok !== true)).toEqual([]);
      const [kept = ""] = await loadgen.databases("loadgen_run_");
      await Connection.use(server.withDatabase(kept), "loadgen/test", async (connection) => {
        expect(await connection.query(definitionsSql)).toEqual(before);
        expect(await connection.query(wholeSql)).toEqual([{ partitions: 8, goes_on: true }]);
      });
    } finally {
      loadgen.killAll();
      await loadgen.remove();
    }
  });
});
