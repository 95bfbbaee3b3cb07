import { afterEach, expect, it } from "vitest";
import { dms } from "../../fixtures/dms/system.ts";
import type { FixtureParameters } from "../../src/core/system.ts";
import { Connection } from "../../src/server/connection.ts";
import { sentRows } from "../../src/server/copy-rows.ts";
import {
  bundledFixture,
  type Fixture,
  loadFixture,
  loadFixtureFrom,
} from "../../src/server/fixture.ts";
import { verdictOn, verifyFixture } from "../../src/server/fixture-verify.ts";
import { generatedRows } from "../../src/server/generated-rows.ts";
import type { RowSource } from "../../src/server/row-source.ts";
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
const generated = generatedRows(7);

onEachServer((server) => {
  let database: FreshDatabase;

  afterEach(() => database.drop());

  async function loaded(fixture: Fixture, source: RowSource): Promise<void> {
    database = await freshDatabase(server().address);
    await loadFixtureFrom(source, database.connection, { fixture, progress: silent });
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
        const filling = {
          fixture,
          columns: data.columns,
          onRows: silent,
          from: 0,
          noting: () => "",
        };
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
    await loaded(fixture, sentRows(100));
    const sent = await state();
    await database.drop();
    await loaded(fixture, generated);
    expect(await state()).toEqual(sent);
    expect(sent[0]).toHaveLength(400);
  });

  it("goes on after a kill where the last transaction was, with the same numbers", async () => {
    const fixture = bundledFixture(dms, "current", usual);
    database = await freshDatabase(server().address);
    await killedInThirdPortion(fixture);
    let resumedFrom = 0;
    await loadFixtureFrom(
      (connection, data, filling) => {
        resumedFrom = filling.from;
        return generated(connection, data, filling);
      },
      database.connection,
      { fixture, progress: silent },
    );
    expect(resumedFrom).toBe(300);
    expect(await reasons(fixture)).toEqual([allEqual]);
  });

  /** The third portion of the references sleeps when its backend ends. */
  async function killedInThirdPortion(fixture: Fixture): Promise<void> {
    const loader = await Connection.open(database.address, "loadgen/to-be-killed");
    const source: RowSource = (connection, data, filling) =>
      generatedRows(150)(connection, data, {
        ...filling,
        noting: (rows, isLast) =>
          rows > 300 ? "select pg_sleep(600)" : filling.noting(rows, isLast),
      });
    const loading = loadFixtureFrom(source, loader, { fixture, progress: silent }).catch(
      (error: unknown) => error,
    );
    const asleep = async () => {
      const rows = await database.connection.query(
        `select pg_terminate_backend(pid) from pg_stat_activity
          where application_name = 'loadgen/to-be-killed' and wait_event = 'PgSleep'
            and datname = current_database()`,
      );
      return rows.length > 0;
    };
    await until(asleep, "the third portion is under way");
    expect(await loading).toMatchObject({ code: "57P01" });
    await loader.close();
  }

  it("fails with the name of the table whose rows the server refused", async () => {
    const fixture = bundledFixture(dms, "current", usual);
    database = await freshDatabase(server().address);
    await loadFixture(database.connection, fixture, silent);
    const filling = {
      ...{ fixture, columns: ["Nothing"], from: 0 },
      ...{ onRows: silent, noting: () => "" },
    };
    await expect(generated(database.connection, dms.tables[1]!, filling)).rejects.toMatchObject({
      code: "42703",
      message: expect.stringMatching(/^generating dms\.alias: /) as string,
    });
  });
});
