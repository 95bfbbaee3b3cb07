/** The faults on maintenance: each in a run, proven, and gone without a trace. */
import { describe, expect, it } from "vitest";
import { statement } from "../../src/core/step.ts";
import { execute } from "../../src/core/transaction.ts";
import { bloat } from "../../src/faults/bloat.ts";
import type { Address } from "../../src/server/address.ts";
import { Connection } from "../../src/server/connection.ts";
import { ledgerScenario } from "../helpers/ledger.ts";
import { freshDatabase } from "../helpers/postgres.ts";
import { freshRole } from "../helpers/role.ts";
import { onEachServer, runFaults } from "./in-run.ts";
import {
  asAdmin,
  expectNothingLeft,
  fine,
  preparing,
  runUntil,
  storageFaults as faults,
} from "./storage-run.ts";

/** Many rows to be rewritten, in partitions with everything that an UPDATE may not touch. */
const partsSql = [
  `create table parts (
     id bigint generated always as identity, part int4 not null,
     label text not null, twice int4 generated always as (part * 2) stored, primary key (part, id)
   ) partition by hash (part)`,
  "create table parts_0 partition of parts for values with (modulus 2, remainder 0)",
  "create table parts_1 partition of parts for values with (modulus 2, remainder 1)",
  "insert into parts (part, label) select g % 10, md5(g::text) from generate_series(1, 5000) as g",
];

const partsDigestSql =
  "select md5(string_agg(parts::text, ',' order by part, id)) as digest, count(*)::int4 as count from parts";

/** As they are in a database in which nobody rewrote them. */
async function digestOfParts(server: Address): Promise<unknown> {
  const database = await freshDatabase(server);
  try {
    for (const sql of partsSql) await database.connection.query(sql);
    return (await database.connection.query(partsDigestSql))[0];
  } finally {
    await database.drop();
  }
}

/** No two versions fit into a page, so that nothing but vacuum removes the old ones. */
const hotSql = [
  `create table hot (id integer primary key, label text)
   with (autovacuum_vacuum_threshold = 50, autovacuum_vacuum_scale_factor = 0)`,
  "insert into hot select g, repeat('x', 1900) from generate_series(0, 999) as g",
];

onEachServer((server) => {
  describe("xmin-holder", () => {
    it("holds the horizon back while the sessions write, and lets go", async () => {
      const { course, proof, evidence } = await runFaults(server(), {
        texts: ["xmin-holder@200ms+500ms"],
        faults,
      });
      expect(course).toMatchObject(fine);
      expect(proof).toMatchObject({ effective: true });
      expect(proof.evidence).toContain(`stayed at xmin ${String(evidence.figures.xmin)}`);
      expect(course.debt).toMatchObject({ unit: "dead rows" });
      await expectNothingLeft(server());
    });

    it("is not proven where nobody writes: then it holds nothing back", async () => {
      const reading = statement("read", "select count(*) from ledger");
      const { course, proof } = await runFaults(server(), {
        texts: ["xmin-holder@100ms+200ms"],
        faults,
        scenario: ledgerScenario(() => execute(reading)),
      });
      expect(course).toMatchObject(fine);
      expect(proof).toMatchObject({ effective: false });
      expect(proof.evidence).toContain("while 0 transaction ids passed");
    });
  });

  describe("bloat", () => {
    it("grows a table by its budget and no more, and its rows say what they said", async () => {
      const before: unknown[] = [];
      const after: unknown[] = [];
      const { course, proof, evidence } = await runUntil(
        server(),
        "bloat:table=parts,budget=1MB@200ms",
        async (database, { figures }) => {
          if (figures.spent !== 1) return false;
          after.push(...(await database.connection.query(partsDigestSql)));
          before.push(await digestOfParts(server().address));
          return true;
        },
        { scenario: ledgerScenario(undefined, preparing(...partsSql)) },
      );
      expect(course).toMatchObject(fine);
      expect(proof).toMatchObject({ effective: true });
      expect(proof.evidence).toMatch(
        /dead rows in public\.parts, .* stopped at its budget of 1 MB$/,
      );
      expect(evidence.figures.grownBytes).toBeGreaterThanOrEqual(1024 ** 2);
      expect(evidence.figures.grownBytes).toBeLessThan(2 * 1024 ** 2);
      expect(after).toEqual(before);
      expect(course.debt).toMatchObject({ unit: "dead rows" });
      await expectNothingLeft(server());
    });

    it("takes the table that the sessions change most, if none is named", async () => {
      const { course, proof } = await runUntil(
        server(),
        "bloat:budget=128kB@200ms",
        (_, { figures }) => figures.spent === 1,
      );
      expect(course).toMatchObject(fine);
      expect(proof).toMatchObject({ effective: true });
      expect(proof.evidence).toContain("in public.ledger");
    });

    it("is not proven where there is no row to rewrite", async () => {
      const { course, proof } = await runFaults(server(), {
        texts: ["bloat:table=empty@100ms+200ms"],
        faults,
        scenario: ledgerScenario(undefined, preparing("create table empty (id integer)")),
      });
      expect(course).toMatchObject(fine);
      expect(proof).toEqual({
        effective: false,
        evidence: "it made 0 dead rows in public.empty, which grew by 0 MB",
      });
    });
  });

  describe("autovacuum-pause", () => {
    it("leaves dead rows, which autovacuum repays within the run", async () => {
      await asAdmin(server(), "alter system set autovacuum_naptime = '1s'");
      await asAdmin(server(), "select pg_reload_conf()");
      const update = statement("update", "update hot set label = label where id = $1");
      let vacuums: number | null = null;
      const { course } = await runUntil(
        server(),
        "autovacuum-pause@200ms+2s",
        async ({ connection }, { phases }) => {
          if (!phases.some((phase) => phase.startsWith("fault over"))) return false;
          const [row] = await connection.query(
            "select pg_stat_get_autovacuum_count('hot'::regclass)::int4 as count",
          );
          vacuums ??= Number(row?.count);
          return Number(row?.count) > vacuums;
        },
        {
          scenario: ledgerScenario(
            (amount) => execute(update, amount % 1000),
            preparing(...hotSql),
          ),
          plan: { thinkMs: [5, 10] },
        },
      );
      expect(course).toMatchObject(fine);
      expect(course.debt?.atRelease).toBeGreaterThan(100);
      expect(course.debt?.cost.autovacuums).toBeGreaterThan(0);
    });
  });
});

describe("what bloat is refused on", () => {
  it("is a table that is not there, or may not be written, or whose rows cannot be written unnoticed", async () => {
    const database = await freshDatabase();
    const role = await freshRole(database.address);
    await database.connection.script(`
      create table fixed (id integer generated always as identity);
      create table watched (id integer);
      create function nothing() returns trigger language plpgsql as $$ begin return new; end $$;
      create trigger notice before update on watched for each row execute function nothing();
      create trigger insertions before insert on watched for each row execute function nothing();
      create table good (id integer);
      grant select on good to ${role.name};`);
    const check = (target: Connection, table: string) =>
      bloat.check({ target, host: null }, { budget: 1, table });
    try {
      const { connection } = database;
      expect(await check(connection, "good")).toEqual([]);
      expect(await check(connection, "missing")).toEqual([
        "bloat: there is no table missing in this database",
      ]);
      expect(await check(connection, "fixed")).toEqual([
        "bloat finds no column in public.fixed that may be updated",
      ]);
      expect(await check(connection, "watched")).toEqual([
        "bloat would fire the trigger notice on public.watched: name another table with table=",
      ]);
      await Connection.use(role.address, "loadgen/test", async (other) => {
        expect(await check(other, "good")).toEqual([
          "bloat needs SELECT and UPDATE on public.good",
        ]);
      });
    } finally {
      await database.connection.script(`drop owned by ${role.name}`);
      await role.drop();
      await database.drop();
    }
  });
});
