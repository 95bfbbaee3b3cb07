import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Address } from "../../src/server/address.ts";
import { Connection } from "../../src/server/connection.ts";
import { listLoadgenDatabases } from "../../src/server/database-mark.ts";
import {
  cloneFixture,
  createEmptyDatabase,
  dropDatabase,
  resetDatabases,
  runDatabaseName,
} from "../../src/server/databases.ts";
import { ensureFixture } from "../../src/server/fixture/fixture-database.ts";
import { type FreshDatabase, freshDatabase, startServer14, until } from "../helpers/postgres.ts";
import { hasServer14 } from "../helpers/postgresql-14.ts";
import { freshRole } from "../helpers/role.ts";
import { tinySystem } from "../helpers/tiny-system.ts";

/** The maintenance database: what belongs to it is this file's alone. */
let home: FreshDatabase;

beforeEach(async () => {
  home = await freshDatabase();
});

afterEach(async () => {
  await resetDatabases(home.address);
  await home.drop();
});

async function tinyFixture(admin: Address): Promise<string> {
  const system = await tinySystem();
  try {
    return await ensureFixture(admin, system.fixture, () => undefined);
  } finally {
    await system.remove();
  }
}

async function things(admin: Address, database: string): Promise<number> {
  const [row] = await Connection.use(admin.withDatabase(database), "loadgen/test", (connection) =>
    connection.query("select count(*)::int4 as count from tiny.thing"),
  );
  return Number(row?.count);
}

async function exists(name: string): Promise<boolean> {
  const rows = await home.connection.query("select from pg_database where datname = $1", [name]);
  return rows.length === 1;
}

it("is dropped by a role that may not end a superuser's session, once that one has left", async () => {
  const role = await freshRole(home.address, "createdb");
  const name = runDatabaseName();
  await createEmptyDatabase(role.address, name);
  // As autovacuum would be, which leaves when the server asks it to.
  const superuser = await Connection.open(home.address.withDatabase(name), "loadgen/test");
  const dropping = resetDatabases(role.address);
  await until(async () => {
    const rows = await home.connection.query(
      "select from pg_stat_activity where query = $1 and state = 'active'",
      [`drop database if exists "${name}"`],
    );
    return rows.length === 1;
  }, "it is dropped without force");
  await superuser.close();
  expect((await dropping).dropped).toEqual([name]);
  await role.drop();
});

describe("a clone", () => {
  it("has the rows of its fixture, and keeps changes to itself", async () => {
    const template = await tinyFixture(home.address);
    const [first, second] = [runDatabaseName(), `${runDatabaseName()}_2`];
    expect(await cloneFixture(home.address, template, first)).toEqual([]);
    await Connection.use(home.address.withDatabase(first), "loadgen/test", (connection) =>
      connection.script("delete from tiny.thing"),
    );
    await cloneFixture(home.address, template, second);
    expect(await things(home.address, first)).toBe(0);
    expect(await things(home.address, second)).toBe(3);
  });

  it("is marked as a run's, with the fixture that it was cloned from", async () => {
    const template = await tinyFixture(home.address);
    const name = runDatabaseName();
    await cloneFixture(home.address, template, name);
    const databases = await listLoadgenDatabases(home.address);
    expect(databases.find((database) => database.name === name)).toEqual({
      name,
      mark: { kind: "run", home: home.address.database, template },
    });
    expect(name).toMatch(/^loadgen_run_\d{17}_\d+$/);
  });

  it("is made without a checkpoint, and with a note, by a login that may not write one", async () => {
    const role = await freshRole(home.address, "createdb");
    const template = await tinyFixture(role.address);
    const notes = await cloneFixture(role.address, template, runDatabaseName());
    expect(notes).toEqual([expect.stringContaining("pg_checkpoint")]);
    await resetDatabases(role.address);
    await role.drop();
  });

  it("is refused to a role whose fixture it is not, with the one whose it is", async () => {
    const [owner, other] = [
      await freshRole(home.address, "createdb"),
      await freshRole(home.address, "createdb"),
    ];
    const template = await tinyFixture(owner.address);
    const [user] = await Connection.use(owner.address, "loadgen/test", (connection) =>
      connection.query("select current_user as name"),
    );
    await expect(cloneFixture(other.address, template, runDatabaseName())).rejects.toThrow(
      `belongs to the role ${String(user?.name)}, and only`,
    );
    await resetDatabases(owner.address);
    await owner.drop();
    await other.drop();
  });

  it("waits while somebody is connected to the template", async () => {
    const template = await freshDatabase();
    const name = runDatabaseName();
    const cloning = cloneFixture(home.address, template.address.database, name);
    await until(async () => {
      const creating = await home.connection.query(
        `select from pg_stat_activity
          where application_name = 'loadgen/databases' and state = 'active' and query like $1`,
        [`create database "${name}"%`],
      );
      return creating.length === 1;
    }, "the clone is being made");
    expect(await exists(name)).toBe(false);
    await template.connection.close();
    await expect(cloning).resolves.toEqual([]);
    expect(await exists(name)).toBe(true);
    await template.drop();
  });

  it("gives up, with the server's reason, if they do not leave", async () => {
    const template = await freshDatabase();
    const name = runDatabaseName();
    const cloning = cloneFixture(home.address, template.address.database, name);
    await expect(cloning).rejects.toMatchObject({ name: "ServerError", code: "55006" });
    expect(await exists(name)).toBe(false);
    await template.drop();
  });

  it.runIf(hasServer14)(
    "is made on PostgreSQL 14, which knows no strategy for copying",
    async () => {
      const server = await startServer14();
      try {
        const template = await tinyFixture(server.address);
        const name = runDatabaseName();
        expect(await cloneFixture(server.address, template, name)).toEqual([]);
        expect(await things(server.address, name)).toBe(3);
        const { dropped } = await resetDatabases(server.address);
        expect(new Set(dropped)).toEqual(new Set([name, template]));
      } finally {
        await server.stop();
      }
    },
  );
});

describe("an empty database", () => {
  it("has no tables, and is dropped like a clone", async () => {
    const name = runDatabaseName();
    await createEmptyDatabase(home.address, name);
    const [row] = await Connection.use(
      home.address.withDatabase(name),
      "loadgen/test",
      (connection) =>
        connection.query(
          "select count(*)::int4 as count from pg_class where relnamespace = 'public'::regnamespace",
        ),
    );
    expect(row).toEqual({ count: 0 });
    await dropDatabase(home.address, name);
    expect(await exists(name)).toBe(false);
  });
});

describe("dropping a database", () => {
  it("ends the sessions that are in it", async () => {
    const name = runDatabaseName();
    await createEmptyDatabase(home.address, name);
    const inside = await Connection.open(home.address.withDatabase(name), "loadgen/test");
    await dropDatabase(home.address, name);
    expect(await exists(name)).toBe(false);
    await expect(inside.query("select 1")).rejects.toThrow();
    await inside.close();
  });

  it("does nothing if it is gone already", async () => {
    await expect(dropDatabase(home.address, "loadgen_run_0_0")).resolves.toBeUndefined();
  });

  it.each([
    "",
    "comment on database %s is 'Made by loadgen: {}'",
    "comment on database %s is 'mine'",
  ])("refuses one with the name but not the comment (%j)", async (comment) => {
    const name = `loadgen_test_${home.address.database.slice(-8)}`;
    await home.connection.script(`create database ${name} template template0`);
    try {
      await home.connection.script(comment.replace("%s", name));
      await expect(dropDatabase(home.address, name)).rejects.toThrow("no comment by loadgen");
      expect(await exists(name)).toBe(true);
    } finally {
      await home.connection.script(`drop database ${name}`);
    }
  });

  it("leaves a database with another name alone, whatever its comment says", async () => {
    const other = await freshDatabase();
    const { database } = other.address;
    const mark = JSON.stringify({ kind: "run", home: home.address.database, template: null });
    await home.connection.script(`comment on database ${database} is 'Made by loadgen: ${mark}'`);
    await dropDatabase(home.address, database);
    expect((await resetDatabases(home.address)).dropped).toEqual([]);
    expect(await exists(database)).toBe(true);
    await other.drop();
  });
});

describe("a reset", () => {
  it("drops fixtures and clones", async () => {
    const template = await tinyFixture(home.address);
    const name = runDatabaseName();
    await cloneFixture(home.address, template, name);
    const reset = await resetDatabases(home.address);
    expect(new Set(reset.dropped)).toEqual(new Set([name, template]));
    expect(await exists(template)).toBe(false);
    expect(await exists(name)).toBe(false);
  });

  it("keeps, and names, what it did not make and what belongs to another maintenance database", async () => {
    const other = await freshDatabase();
    const theirs = runDatabaseName();
    await createEmptyDatabase(other.address, theirs);
    const unmarked = `loadgen_test_${home.address.database.slice(-8)}`;
    await home.connection.script(`create database ${unmarked} template template0`);
    try {
      const reset = await resetDatabases(home.address);
      expect(reset.dropped).toEqual([]);
      const reasonOf = (name: string) => reset.kept.find((kept) => kept.name === name)?.reason;
      expect(reasonOf(theirs)).toContain(other.address.database);
      expect(reasonOf(unmarked)).toContain("no comment");
      expect(await exists(theirs)).toBe(true);
      expect(await exists(unmarked)).toBe(true);
    } finally {
      await home.connection.script(`drop database ${unmarked}`);
      await resetDatabases(other.address);
      await other.drop();
    }
  });
});
