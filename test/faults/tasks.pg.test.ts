/** Faults that end by themselves: maintenance beside a load, on tables with everything that must survive it. */
import { describe, expect, it } from "vitest";
import { statement } from "../../src/core/step.ts";
import { execute } from "../../src/core/transaction.ts";
import { reindex } from "../../src/faults/reindex.ts";
import { repartition } from "../../src/faults/repartition.ts";
import { sideTask } from "../../src/faults/while.ts";
import { Connection } from "../../src/server/connection.ts";
import { ledgerScenario } from "../helpers/ledger.ts";
import { type FreshDatabase, freshDatabase, until } from "../helpers/postgres.ts";
import { freshRole } from "../helpers/role.ts";
import { contextOn, placeOf } from "../run/faults/fault.ts";
import { onEachServer, runFaults } from "./in-run.ts";
import { fine } from "./storage-run.ts";

const faults = [reindex, repartition];

/** As the tables of dms are made: hash partitions, foreign keys, an identity, indexes that are not unique. */
const tablesSql = `
  create schema s;
  create table s.doc (key smallint not null, id bigint not null, primary key (key, id))
    partition by hash (key);
  create table s.doc_0 partition of s.doc for values with (modulus 2, remainder 0);
  create table s.doc_1 partition of s.doc for values with (modulus 2, remainder 1);
  create table s.refs (
    id bigint generated always as identity,
    key smallint not null, doc bigint not null, label text not null default 'none',
    twice int4 generated always as (key * 2) stored,
    constraint label_there check (label <> '')
  ) partition by hash (key);
  create table s.refs_00 partition of s.refs for values with (modulus 2, remainder 0) with (fillfactor = 85);
  create table s.refs_01 partition of s.refs for values with (modulus 2, remainder 1) with (fillfactor = 85);
  alter table s.refs add constraint pk_refs primary key (key, id);
  create index ux_refs_doc on s.refs (key, doc);
  create index ix_refs_label on s.refs (lower(label)) where label <> 'none';
  alter table s.refs add constraint fk_refs_doc foreign key (key, doc) references s.doc on delete cascade;
  insert into s.doc select k, d from generate_series(0, 15) as k, generate_series(1, 20) as d;
  insert into s.refs (key, doc, label)
    select k, d, 'label ' || d from generate_series(0, 15) as k, generate_series(1, 20) as d;
  grant select on s.refs to public;
  create view s.labels with (security_barrier = true) as
    select r.id, label from s.refs as r join s.doc as d on d.key = r.key and d.id = r.doc;
  create view s.long_labels as select id from s.refs;
  grant select on s.labels to public;`;

/** What must be as before, but for the number of partitions. */
const definitionsSql = `
  select 'column' as kind, concat_ws(' ', attname, format_type(atttypid, atttypmod), attnotnull,
    attidentity, attgenerated, pg_get_expr(adbin, adrelid)) as text
  from pg_attribute left join pg_attrdef on adrelid = attrelid and adnum = attnum
  where attrelid = 's.refs'::regclass and attnum > 0
  union all
  select 'constraint', conname || ' ' || pg_get_constraintdef(oid) from pg_constraint
  where conrelid = 's.refs'::regclass and contype <> 'n' and conparentid = 0
  union all
  select 'index', pg_get_indexdef(indexrelid) from pg_index where indrelid = 's.refs'::regclass
  union all
  select 'privileges', acl::text from pg_class cross join unnest(relacl) as acl
  where oid = 's.refs'::regclass and acl::text like '=%'
  union all
  select 'view', concat_ws(' ', oid::regclass, reloptions, relacl is not null, pg_get_viewdef(oid))
  from pg_class where relkind = 'v' and relnamespace = 's'::regnamespace
  union all
  select 'settings', reloptions::text from pg_class where relname = 'refs_00'
  union all
  select 'schema', nspname from pg_namespace where nspname like 'loadgen_repart%'
  order by 1, 2`;

const writing = statement(
  "write",
  "insert into s.refs (key, doc, label) select $1 % 16, 1 + $1 % 20, 'written'",
);

const scenario = ledgerScenario((amount) => execute(writing, amount));

const prepare = async ({ connection }: FreshDatabase) => connection.script(tablesSql);

async function definitions({ connection }: FreshDatabase) {
  return connection.query(definitionsSql);
}

/** Once nobody writes any more: identities go on above what is there, and every row is found. */
async function expectWhole({ connection }: FreshDatabase) {
  const [row] = await connection.query(
    `select count(*) = count(distinct id) as distinct_ids, count(*) > 320 as grew,
       (select count(*) from s.refs where key = 3) > 0 as found,
       count(*) = (select count(*) from s.long_labels) as seen_through_views,
       max(id) <= (select last_value from pg_sequences
         where format('%I.%I', schemaname, sequencename) = pg_get_serial_sequence('s.refs', 'id')) as goes_on
     from s.refs`,
  );
  expect(row).toEqual({
    distinct_ids: true,
    grew: true,
    found: true,
    seen_through_views: true,
    goes_on: true,
  });
}

onEachServer((server) => {
  it("reindex and repartition do their work, end by themselves, and leave all else as it was", async () => {
    let before: unknown;
    let after: unknown;
    const { measured, course, proof, left } = await runFaults(server(), {
      texts: ["repartition:table=s.refs,partitions=5@200ms", "reindex:table=s.refs@201ms"],
      faults,
      scenario,
      prepare: async (database) => {
        await prepare(database);
        before = await definitions(database);
      },
      enough: () => false,
      async until(database, phases) {
        const over = () => phases.filter((phase) => phase.startsWith("fault over")).length === 2;
        await until(over, "the end of both");
        after = await definitions(database);
        await expectWhole(database);
      },
    });
    expect(course).toMatchObject(fine);
    expect(proof).toMatchObject({ effective: true });
    expect(proof.evidence).toContain("s.refs had 2 partitions and has 5");
    expect(after).toEqual(before);
    const [, rebuilding] = measured.courses;
    expect(rebuilding).toMatchObject({ ...fine, figures: { outcome: "done" } });
    expect(Number(rebuilding?.figures.rebuilt)).toBeGreaterThanOrEqual(6);
    expect(left).toEqual([]);
  });

  it("a side task is over when its last statement is, or at the first that fails", async () => {
    const database = await freshDatabase(server().address);
    try {
      await prepare(database);
      const done = await performed(database, "vacuum s.doc; create table made (id int);");
      expect(done).toMatchObject({ outcome: "done", statements: 2, statementsDone: 2 });
      const failed = await performed(
        database,
        "insert into made values (1); select 1 / 0; drop table made;",
      );
      expect(failed).toMatchObject({ outcome: "failed", code: "22012", statementsDone: 1 });
      expect(sideTask.prove(evidenceWith(failed), { sql: "" })).toMatchObject({
        effective: false,
        evidence: expect.stringContaining(
          "failed after 0.0 s (22012: division by zero): 1 of 3",
        ) as string,
      });
      expect(await database.connection.query("select * from made")).toEqual([{ id: 1 }]);
      await database.connection.script("insert into made values (1)");
      const left = await performed(database, "create unique index concurrently once on made (id)");
      expect(left).toMatchObject({ outcome: "failed", code: "23505", invalid: "once" });
    } finally {
      await database.drop();
    }
  });

  it("reindex drops the invalid index that it left behind, and no other", async () => {
    const database = await freshDatabase(server().address);
    const { connection } = database;
    const invalid = async () =>
      (
        await connection.query(
          "select indexrelid::regclass::text as name from pg_index where not indisvalid order by 1",
        )
      ).map(({ name }) => name);
    const leaveInvalid = (name: string) =>
      connection
        .query(`create unique index concurrently ${name} on s.refs_00 (doc)`)
        .catch(() => 0);
    try {
      await prepare(database);
      await leaveInvalid("mine_ccnew");
      const context = contextOn(connection);
      const record = await reindex.undo?.prepare(context, { index: "", table: "s.refs" });
      await leaveInvalid("pk_ccnew1");
      await leaveInvalid("somebodys");
      expect(await invalid()).toHaveLength(3);
      for (let times = 0; times < 2; times++) {
        await reindex.undo?.perform(placeOf(connection), record ?? {});
        expect(await invalid()).toEqual(["s.mine_ccnew", "s.somebodys"]);
      }
    } finally {
      await database.drop();
    }
  });

  it("what a killed process left at work is ended first: reindex's leftovers on TOAST tables, too", async () => {
    const database = await freshDatabase(server().address);
    const { connection } = database;
    const open = (name: string) => Connection.open(database.address, name);
    const [older, left] = await Promise.all([open("loadgen/test"), open("loadgen/reindex")]);
    try {
      await prepare(database);
      const record = await reindex.undo?.prepare(contextOn(connection), {
        index: "",
        table: "s.refs",
      });
      // Its snapshot is what REINDEX CONCURRENTLY waits for in the end.
      await older.script("begin isolation level repeatable read; select 1 from s.doc limit 1");
      const working = left.query("reindex table concurrently s.refs").catch(String);
      const invalid = async (pattern: string) => {
        const [row] = await connection.query(
          `select count(*)::int4 as count from pg_index
           where not indisvalid and indexrelid::regclass::text like $1`,
          [pattern],
        );
        return Number(row?.count);
      };
      await until(
        async () => (await invalid("pg_toast.%")) > 0,
        "an invalid index of a TOAST table",
      );
      expect(await invalid("s.%")).toBeGreaterThan(0);
      await reindex.undo?.perform(placeOf(connection), record ?? {});
      expect(await invalid("%")).toBe(0);
      expect(await working).toContain("terminating connection");
      await older.query("rollback");
    } finally {
      await Promise.all([older.close(), left.close()]);
      await database.drop();
    }
  });
});

/** The figures of a side task, from its beginning to after its end. */
async function performed(database: FreshDatabase, sql: string) {
  const connection = await Connection.open(database.address, "loadgen/fault");
  const over = new AbortController();
  const works: Promise<void>[] = [];
  try {
    const inForce = await sideTask.inject(
      {
        ...contextOn(database.connection),
        connect: () =>
          Promise.resolve({
            pid: 0,
            query: (text, parameters) => connection.query(text, parameters),
            end: () => Promise.resolve(),
          }),
        background: (work) => void works.push(work(over.signal)),
      },
      { sql },
      null,
    );
    await inForce.ended;
    return { ...(await inForce.figures()), ...(await inForce.afterwards?.()) };
  } finally {
    over.abort();
    await Promise.all(works);
    await connection.close();
  }
}

function evidenceWith(figures: Record<string, number | string>) {
  return { figures } as unknown as Parameters<typeof sideTask.prove>[0];
}

describe("what maintenance is refused on", () => {
  it("is a table that is not there, not ours, or has what would be lost", async () => {
    const database = await freshDatabase();
    const role = await freshRole(database.address);
    try {
      await prepare(database);
      const { connection } = database;
      const place = placeOf(connection);
      const partitioning = (table: string) => repartition.check(place, { partitions: 64, table });
      expect(await partitioning("s.refs")).toEqual([]);
      expect(await partitioning("s.doc")).toEqual([
        "repartition: s.doc is referred to by foreign keys, which it would lose",
      ]);
      expect(await partitioning("s.refs_00")).toEqual([
        "repartition: s.refs_00 is not partitioned by hash",
        "repartition: s.refs_00 is itself a partition",
      ]);
      expect(await partitioning("s.no")).toEqual([
        "repartition: there is no table s.no in this database",
      ]);
      expect(await reindex.check(place, { index: "s.pk_refs", table: "" })).toEqual([]);
      expect(await reindex.check(place, { index: "s.pk_refs", table: "s.refs" })).toEqual([
        "reindex: expected a table or an index, not both",
      ]);
      expect(await reindex.check(place, { index: "s.refs", table: "" })).toEqual([
        "reindex: there is no index s.refs in this database",
      ]);
      await connection.script(`grant usage on schema s to ${role.name}`);
      await Connection.use(role.address, "loadgen/test", async (other) => {
        expect(await reindex.check(placeOf(other), { index: "", table: "s.refs" })).toEqual([
          "reindex needs to own s.refs, or MAINTAIN since PostgreSQL 17",
        ]);
        expect(await repartition.check(placeOf(other), { partitions: 2, table: "s.refs" })).toEqual(
          [
            "repartition: s.refs is not owned by this login",
            "repartition: s.refs is read by views that are not owned by this login",
            "repartition: s.refs cannot be copied without CREATE on the database",
          ],
        );
      });
    } finally {
      await database.connection.script(`drop owned by ${role.name}`);
      await role.drop();
      await database.drop();
    }
  });
});
