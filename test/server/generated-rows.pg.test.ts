import { afterEach, expect, it } from "vitest";
import { dms } from "../../fixtures/dms/system.ts";
import type { FixtureParameters } from "../../src/core/system.ts";
import { Connection } from "../../src/server/connection.ts";
import {
  bundledFixture,
  type Fill,
  type Fixture,
  loadFixture,
  loadFixtureBy,
  sentRows,
} from "../../src/server/fixture.ts";
import { verdictOn, verifyFixture } from "../../src/server/fixture-verify.ts";
import { generateRows } from "../../src/server/generated-rows.ts";
import { onEachServer } from "../faults/in-run.ts";
import { type FreshDatabase, freshDatabase, until } from "../helpers/postgres.ts";

const silent = () => undefined;
const usual = { documents: 45, references: 400, partitions: 4, keys: 4, averageReferences: 10 };

const sets: Readonly<Record<string, FixtureParameters>> = {
  "a few of each": usual,
  "windows that go around several times": { ...usual, documents: 3, references: 100 },
  "two documents": { ...usual, documents: 2, references: 5 },
  "fewer references than documents": { ...usual, references: 3 },
  "many keys": { ...usual, keys: 256, averageReferences: 7 },
  "distinct ones": { ...usual, distinctReferences: 1 },
  "distinct ones of long windows": {
    ...usual,
    documents: 21,
    references: 500,
    distinctReferences: 1,
  },
};

const allEqual = "every row of dms.document, dms.alias, dms.reference is what the generator says";

/** In portions that end anywhere. */
const generated: Fill = (connection, data, filling) =>
  generateRows(connection, data, { ...filling, from: 0, chunkRows: 7, noting: () => "" });

onEachServer((server) => {
  let database: FreshDatabase;

  afterEach(() => database.drop());

  async function loaded(fixture: Fixture, fill: Fill): Promise<void> {
    database = await freshDatabase(server().address);
    await loadFixtureBy(database.connection, fixture, { progress: silent, fill });
  }

  async function reasons(fixture: Fixture): Promise<readonly string[]> {
    return verdictOn(await verifyFixture(database.address, fixture, silent)).reasons;
  }

  it("makes the rows that would be sent, whatever the sizes", async () => {
    await loaded(bundledFixture(dms, "current", usual), generated);
    for (const [what, parameters] of Object.entries(sets)) {
      const fixture = bundledFixture(dms, "current", parameters);
      await database.connection.script(
        "truncate dms.Document, dms.Alias, dms.Reference restart identity cascade",
      );
      for (const data of dms.tables) {
        const filling = { fixture, columns: data.columns, onRows: silent };
        await generated(database.connection, data, filling);
      }
      expect(await reasons(fixture), what).toEqual([allEqual]);
    }
  });

  it("leaves rows and sequences as sent rows do", async () => {
    const fixture = bundledFixture(dms, "current", usual);
    const state = async () => [
      await database.connection.query("select * from dms.Reference order by Id"),
      await database.connection.query(
        "select sequencename, last_value from pg_sequences order by 1",
      ),
    ];
    await loaded(fixture, sentRows);
    const sent = await state();
    await database.drop();
    await loaded(fixture, generated);
    expect(await state()).toEqual(sent);
    expect(sent[0]).toHaveLength(400);
  });

  it("goes on after a kill where the last transaction was, with the same numbers", async () => {
    const fixture = bundledFixture(dms, "current", usual);
    const [, , references] = dms.tables;
    let resumedFrom = 0;
    await loaded(fixture, async (connection, data, filling) => {
      if (data !== references) return generated(connection, data, filling);
      resumedFrom = await killedAfterTwoPortions(filling);
      // What the journal of a loading does before anything more is loaded.
      await connection.query("select setval('dms.reference_id_seq', $1)", [resumedFrom]);
      const going = { from: resumedFrom, chunkRows: 150, noting: () => "" };
      await generateRows(connection, data, { ...filling, ...going });
    });
    expect(resumedFrom).toBe(300);
    expect(await reasons(fixture)).toEqual([allEqual]);
  });

  /** Resolves with the rows that are noted. The third portion stands before a lock when its backend ends. */
  async function killedAfterTwoPortions(filling: Parameters<Fill>[2]): Promise<number> {
    const { connection } = database;
    const loader = await Connection.open(database.address, "loadgen/to-be-killed");
    await connection.script("create table public.noted (rows integer)");
    const noting = (rows: number) =>
      rows > 300 ? "select pg_sleep(600)" : `insert into public.noted values (${rows})`;
    const loading = generateRows(loader, dms.tables[2]!, {
      ...filling,
      from: 0,
      chunkRows: 150,
      noting,
    }).catch((error: unknown) => error);
    const asleep = async () => {
      const rows = await connection.query(
        `select pg_terminate_backend(pid) from pg_stat_activity
          where application_name = 'loadgen/to-be-killed' and wait_event = 'PgSleep'
            and datname = current_database()`,
      );
      return rows.length > 0;
    };
    await until(asleep, "the third portion is under way");
    expect(await loading).toMatchObject({ code: "57P01" });
    await loader.close();
    const [row] = await connection.query("select max(rows)::int4 as rows from public.noted");
    await connection.script("drop table public.noted");
    return Number(row?.rows);
  }

  it("fails with the name of the table whose rows the server refused", async () => {
    const fixture = bundledFixture(dms, "current", usual);
    database = await freshDatabase(server().address);
    await loadFixture(database.connection, fixture, silent);
    const filling = { fixture, columns: ["Nothing"], onRows: silent };
    await expect(generated(database.connection, dms.tables[1]!, filling)).rejects.toMatchObject({
      code: "42703",
      message: expect.stringMatching(/^generating dms\.alias: /) as string,
    });
  });
});
