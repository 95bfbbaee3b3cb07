import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { dms } from "../../fixtures/dms/system.ts";
import type { Scalar } from "../../src/core/step.ts";
import { bundledFixture, type Fixture, loadFixture } from "../../src/server/fixture.ts";
import { type FreshDatabase, freshDatabase } from "../helpers/postgres.ts";
import { type TinySystem, tinySystem } from "../helpers/tiny-system.ts";

const silent = () => undefined;
let database: FreshDatabase;
const systems: TinySystem[] = [];

beforeEach(async () => {
  database = await freshDatabase();
});

afterEach(async () => {
  await database.drop();
  await Promise.all(systems.splice(0).map((system) => system.remove()));
});

async function tiny(rows?: () => Iterable<readonly Scalar[]>): Promise<Fixture> {
  const system = await tinySystem(rows);
  systems.push(system);
  return system.fixture;
}

describe("loading a fixture", () => {
  it("runs the scripts before and after the data, with the parameters put in", async () => {
    await loadFixture(database.connection, await tiny(), silent);
    expect(await database.connection.query("select * from tiny.thing order by id")).toEqual([
      { id: 1, label: "thing 1", flag: false },
      { id: 2, label: "thing 2", flag: true },
      { id: 3, label: "thing 3", flag: false },
    ]);
    expect(await database.connection.query("select tiny.wanted()")).toEqual([{ wanted: 3 }]);
  });

  it("stores every value as it is, whatever characters it has", async () => {
    const labels = ["", "\\N", "\\.", "a\tb\nc\r\nd\\e", "\\t", "ä€😀", "'\";--", null];
    const rows = () => labels.map((label, id) => [id, label, null]);
    await loadFixture(database.connection, await tiny(rows), silent);
    const stored = await database.connection.query("select label from tiny.thing order by id");
    expect(stored.map((row) => row.label)).toEqual(labels);
  });

  it("keeps an empty value in the first column apart from the next one", async () => {
    const fixture = await tiny(() => [["", "label", true]]);
    await writeFile(
      join(fixture.folder, "before.sql"),
      "create schema tiny; create table tiny.thing (id text, label text, flag boolean)",
    );
    await loadFixture(database.connection, fixture, silent);
    expect(await database.connection.query("select id, label from tiny.thing")).toEqual([
      { id: "", label: "label" },
    ]);
  });

  it("loads more rows than fit into one batch, and says how far it is", async () => {
    const fixture = { ...(await tiny()), parameters: { things: 100_000 } };
    const seen: [string, number, number][] = [];
    await loadFixture(database.connection, fixture, (...progress) => seen.push(progress));
    const [row] = await database.connection.query(
      "select count(*)::int4 as count, sum(id)::text as sum from tiny.thing",
    );
    expect(row).toEqual({ count: 100_000, sum: "5000050000" });
    const rows = seen.filter(([phase]) => phase === "tiny.thing").map(([, done]) => done);
    expect(rows.length).toBeGreaterThan(10);
    expect(rows).toEqual([...rows].sort((one, other) => one - other));
    expect([rows[0], rows.at(-1)]).toEqual([0, 100_000]);
    expect([...new Set(seen.map(([phase]) => phase))]).toEqual([
      "before.sql",
      "tiny.thing",
      "after.sql",
      "vacuum",
    ]);
  });

  it("leaves nothing to vacuum, to freeze or to analyse", async () => {
    const fixture = { ...(await tiny()), parameters: { things: 10_000 } };
    await loadFixture(database.connection, fixture, silent);
    const [row] = await database.connection.query(
      `select relpages > 1 and relallvisible = relpages as all_visible,
              age(relfrozenxid) < 100 as frozen,
              (select count(*) from pg_stats where tablename = 'thing')::int4 as analysed
         from pg_class where oid = 'tiny.thing'::regclass`,
    );
    expect(row).toEqual({ all_visible: true, frozen: true, analysed: 3 });
  });

  it("is not cut short by the login's own time limit", async () => {
    await database.connection.script("set statement_timeout = 1");
    const fixture = { ...(await tiny()), parameters: { things: 50_000 } };
    await loadFixture(database.connection, fixture, silent);
    expect(
      await database.connection.query("select count(*)::int4 as count from tiny.thing"),
    ).toEqual([{ count: 50_000 }]);
  });

  it("fails with the name of the script that the server refused", async () => {
    const fixture = await tiny();
    await writeFile(join(fixture.folder, "after.sql"), "select * from nowhere");
    await expect(loadFixture(database.connection, fixture, silent)).rejects.toMatchObject({
      name: "ServerError",
      code: "42P01",
      message: expect.stringMatching(/^after\.sql: /) as string,
    });
  });

  it("fails with the name of the table whose rows the server refused", async () => {
    const fixture = await tiny(() => [["no number", "", true]]);
    await expect(loadFixture(database.connection, fixture, silent)).rejects.toMatchObject({
      name: "ServerError",
      code: "22P02",
      message: expect.stringMatching(/^loading tiny\.thing: /) as string,
    });
  });

  it("is not to be had of a variant that the system does not have", () => {
    const parameters = { documents: 100, references: 1_000, partitions: 4, keys: 4 };
    expect(() => bundledFixture(dms, "other", parameters)).toThrow('dms has no variant "other"');
  });

  it("loads dms from the package's own folder", async () => {
    const parameters = {
      documents: 100,
      references: 1_000,
      partitions: 4,
      keys: 4,
      averageReferences: 10,
    };
    await loadFixture(database.connection, bundledFixture(dms, "current", parameters), silent);
    const [row] = await database.connection.query(
      `select (select count(*) from dms.document)::int4 as documents,
              (select count(*) from dms.reference)::int4 as "references",
              (select count(*) from pg_inherits where inhparent = 'dms.reference'::regclass)::int4
                as partitions`,
    );
    expect(row).toEqual({ documents: 100, references: 1_000, partitions: 4 });
  });
});
