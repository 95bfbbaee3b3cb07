import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { dms } from "../../fixtures/dms/system.ts";
import type { Scalar } from "../../src/core/step.ts";
import { bundledFixture, type Fixture, loadFixture } from "../../src/server/fixture.ts";
import { type TableVerdict, verdictOn, verifyFixture } from "../../src/server/fixture-verify.ts";
import { onEachServer } from "../faults/in-run.ts";
import { type FreshDatabase, freshDatabase } from "../helpers/postgres.ts";
import { freshRole } from "../helpers/role.ts";
import { type TinySystem, tinySystem } from "../helpers/tiny-system.ts";

const silent = () => undefined;
const parameters = {
  documents: 40,
  references: 400,
  partitions: 4,
  keys: 4,
  averageReferences: 10,
};
const fixture = bundledFixture(dms, "current", parameters);

/** By the type of a column: another value than the one that is there. */
const otherValues: Readonly<Record<string, string>> = {
  smallint: "(@ + 1) % 4",
  bigint: "@ + 1",
  boolean: "not @",
  uuid: "md5(@::text)::uuid",
  jsonb: `@ || '{"other": 1}'`,
  "character varying": "@ || 'x'",
};

onEachServer((server) => {
  let database: FreshDatabase;

  beforeAll(async () => {
    database = await freshDatabase(server().address);
    await loadFixture(database.connection, fixture, silent);
    // What is broken here must not be refused, nor repaired by a cascade.
    await database.connection.script(`
      set session_replication_role = replica;
      alter table dms.reference drop constraint pk_reference;`);
  });

  afterAll(() => database.drop());

  /** Every case mends what it broke. */
  afterEach(async () => {
    expect(verdictOn(await verifyFixture(database.address, fixture, silent)).exitCode).toBe(0);
  });

  async function broken(sql: string): Promise<TableVerdict> {
    await database.connection.script(sql);
    const tables = await verifyFixture(database.address, fixture, silent);
    expect(tables.map(({ table }) => table)).toEqual([
      "dms.document",
      "dms.alias",
      "dms.reference",
    ]);
    expect(verdictOn(tables).exitCode).toBe(96);
    const unequal = tables.filter(({ isEqual }) => !isEqual);
    expect(unequal).toHaveLength(1);
    for (const { expected, found, isEqual, problems } of tables) {
      if (problems.length > 0) continue;
      expect(expected?.checksum === found?.checksum).toBe(isEqual);
    }
    return unequal[0]!;
  }

  async function typesOf(table: string): Promise<ReadonlyMap<string, string>> {
    const rows = await database.connection.query(
      `select attname::text as name, format_type(atttypid, null) as type from pg_attribute
        where attrelid = $1::regclass and attnum > 0`,
      [table],
    );
    return new Map(rows.map(({ name, type }) => [String(name), String(type)]));
  }

  it.each(dms.tables)("finds one changed value in any column of $table", async (data) => {
    const types = await typesOf(data.table);
    for (const column of data.columns) {
      const type = types.get(column.toLowerCase()) ?? "";
      const before = await cell(data.table, column);
      const other = otherValues[type]!.replaceAll("@", column);
      const found = await broken(`update ${data.table} set ${column} = ${other} where Id = 17`);
      const after = await cell(data.table, column);
      expect(after).not.toBe(before);
      expect(found).toMatchObject({
        table: data.table,
        changed: 1,
        missing: 0,
        surplus: 0,
        isComplete: true,
        rowNumber: "id",
        shown: [
          {
            kind: "changed",
            expected: { id: "17", [column]: before },
            found: { id: "17", [column]: after },
          },
        ],
      });
      await database.connection.query(
        `update ${data.table} set ${column} = $1::text::${type} where Id = 17`,
        [before],
      );
    }
  });

  async function cell(table: string, column: string) {
    const [row] = await database.connection.query(
      `select ${column}::text as cell from ${table} where Id = 17`,
    );
    return row?.cell;
  }

  const columns = ["Id", ...dms.tables[2]!.columns].join(", ");
  const insert = `insert into dms.reference (${columns}) overriding system value`;

  it("finds a row that is missing", async () => {
    const found = await broken(`
      create table public.kept as select * from dms.reference where Id in (7, 8);
      delete from dms.reference where Id = 7`);
    expect(found).toMatchObject({ changed: 0, missing: 1, surplus: 0 });
    expect(found.shown).toMatchObject([{ kind: "missing", expected: { id: "7" }, found: null }]);
    expect([found.expected?.rows, found.found?.rows]).toEqual([400, 399]);
    await database.connection.script(`${insert} select ${columns} from public.kept where Id = 7`);
  });

  it("finds a row that is one too many, and one that is doubled with its number", async () => {
    const values = columns.replace("Id", "1000");
    const more = await broken(`${insert} select ${values} from dms.reference where Id = 7`);
    expect(more).toMatchObject({ changed: 0, missing: 0, surplus: 1 });
    expect(more.shown).toMatchObject([{ kind: "surplus", expected: null, found: { id: "1000" } }]);
    const doubled = await broken(`
      delete from dms.reference where Id = 1000;
      ${insert} select ${columns} from dms.reference where Id = 7`);
    expect(doubled).toMatchObject({ changed: 0, missing: 0, surplus: 1 });
    expect(doubled.shown).toMatchObject([{ kind: "surplus", found: { id: "7" } }]);
    await database.connection.script(`
      delete from dms.reference where Id = 7;
      ${insert} select ${columns} from public.kept where Id = 7`);
  });

  it("finds rows whose numbers were swapped", async () => {
    const swapped = columns.replace("Id", "15 - Id");
    const found = await broken(`
      delete from dms.reference where Id in (7, 8);
      ${insert} select ${swapped} from public.kept`);
    expect(found).toMatchObject({ changed: 2, missing: 0, surplus: 0 });
    expect([found.expected?.rows, found.found?.rows]).toEqual([400, 400]);
    await database.connection.script(`
      delete from dms.reference where Id in (7, 8);
      ${insert} select ${columns} from public.kept`);
  });

  it("says which table and which columns are not there", async () => {
    const columnless = await broken(`
      alter table dms.reference rename column ReferencedDocumentId to Other`);
    expect(columnless.problems).toEqual([
      "dms.reference has no column ReferencedDocumentId: it is of another variant",
    ]);
    await database.connection.script(`
      alter table dms.reference rename column Other to ReferencedDocumentId`);
    const absent = await broken("alter table dms.alias rename to elsewhere");
    expect(absent).toMatchObject({ problems: ["there is no table dms.alias"], expected: null });
    await database.connection.script("alter table dms.elsewhere rename to alias");
  });

  it("needs no more than to read, whatever the login's own settings", async () => {
    const role = await freshRole(server().address);
    const user = String(role.address.clientConfig("test").user);
    await database.connection.script(`
      grant usage on schema dms to ${user}; grant select on all tables in schema dms to ${user};
      alter role ${user} set default_transaction_read_only = on;
      alter role ${user} set datestyle = 'German'`);
    const theirs = role.address.withDatabase(database.address.database);
    const tables = await verifyFixture(theirs, fixture, silent);
    expect(tables.map(({ isEqual }) => isEqual)).toEqual([true, true, true]);
    await database.connection.script(`drop owned by ${user}`);
    await role.drop();
  });

  it("knows what distinct references leave out", async () => {
    const distinct = bundledFixture(dms, "current", {
      ...parameters,
      documents: 10,
      references: 300,
      distinctReferences: 1,
    });
    const other = await freshDatabase(server().address);
    await loadFixture(other.connection, distinct, silent);
    const tables = await verifyFixture(other.address, distinct, silent);
    await other.drop();
    expect(tables.map(({ isEqual }) => isEqual)).toEqual([true, true, true]);
    expect(tables[2]?.found?.rows).toBeLessThan(100);
  });
});

describe("a table that does not number its rows", () => {
  let system: TinySystem;
  let database: FreshDatabase;

  async function loaded(things: number, rows?: () => Iterable<readonly Scalar[]>) {
    system = await tinySystem(rows);
    database = await freshDatabase();
    const tiny: Fixture = { ...system.fixture, parameters: { things } };
    await loadFixture(database.connection, tiny, silent);
    return async () => {
      const [table] = await verifyFixture(database.address, tiny, silent);
      return table!;
    };
  }

  afterEach(async () => {
    await database.drop();
    await system.remove();
  });

  it("is compared whatever characters its values have, and nulls are not empty texts", async () => {
    const labels = ["", "\\N", "a\tb\nc\r\nd\\e\v", "ä€😀", "'\";--", "(,)", " ", null];
    const verify = await loaded(labels.length, () => labels.map((label, id) => [id, label, null]));
    expect(await verify()).toMatchObject({ isEqual: true, rowNumber: null });
    await database.connection.script("update tiny.thing set label = null where id = 0");
    expect(await verify()).toMatchObject({
      changed: 0,
      missing: 1,
      surplus: 1,
      shown: [
        { kind: "missing", expected: { Id: "0", Label: "" } },
        { kind: "surplus", found: { Id: "0", Label: null } },
      ],
    });
  });

  it("has so many differences at most that are looked at, and says that there are more", async () => {
    const verify = await loaded(120_000);
    await database.connection.script("update tiny.thing set label = 'same'");
    const { isComplete, missing, surplus, shown } = await verify();
    expect(isComplete).toBe(false);
    expect(missing).toBeGreaterThan(10_000);
    expect(missing).toBeLessThan(120_000);
    expect(surplus).toBeGreaterThan(10_000);
    expect(shown).toHaveLength(10);
    const [verdict] = verdictOn([await verify()]).reasons;
    expect(verdict).toMatch(/^tiny\.thing: at least [\d ]+ rows missing, [\d ]+ rows surplus$/);
  });

  it("without rows proves nothing", async () => {
    const verify = await loaded(0);
    expect(verdictOn([await verify()])).toMatchObject({ exitCode: 97 });
  });
});
