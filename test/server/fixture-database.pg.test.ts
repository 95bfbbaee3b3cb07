import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { knownVariant } from "../../src/core/variant.ts";
import { Connection } from "../../src/server/connection.ts";
import { listLoadgenDatabases } from "../../src/server/database-mark.ts";
import { createDatabase, privateName, resetDatabases } from "../../src/server/databases.ts";
import { ensureFixture, fixtureName } from "../../src/server/fixture-database.ts";
import { type FreshDatabase, freshDatabase } from "../helpers/postgres.ts";
import { freshRole } from "../helpers/role.ts";
import { type TinySystem, tinySystem } from "../helpers/tiny-system.ts";

const silent = () => undefined;
/** The maintenance database: what belongs to it is this file's alone. */
let home: FreshDatabase;
const systems: TinySystem[] = [];

beforeEach(async () => {
  home = await freshDatabase();
});

afterEach(async () => {
  await resetDatabases(home.address);
  await home.drop();
  await Promise.all(systems.splice(0).map((system) => system.remove()));
});

async function tiny(...rows: Parameters<typeof tinySystem>): Promise<TinySystem["fixture"]> {
  const system = await tinySystem(...rows);
  systems.push(system);
  return system.fixture;
}

async function ours(): Promise<{ name: string; kind: string }[]> {
  const databases = await listLoadgenDatabases(home.address);
  return databases.flatMap(({ name, mark }) =>
    mark?.home === home.address.database ? [{ name, kind: mark.kind }] : [],
  );
}

describe("the database of a fixture", () => {
  it("is loaded once, and then found", async () => {
    const fixture = await tiny();
    const name = await ensureFixture(home.address, fixture, silent);
    expect(await ours()).toEqual([{ name, kind: "fixture" }]);
    const again = await ensureFixture(home.address, fixture, () => {
      throw new Error("loaded again");
    });
    expect(again).toBe(name);
  });

  it("tells its system, variant and parameters in its comment", async () => {
    const fixture = await tiny();
    const name = await ensureFixture(home.address, fixture, silent);
    const databases = await listLoadgenDatabases(home.address);
    expect(databases.find((database) => database.name === name)?.mark).toEqual({
      kind: "fixture",
      home: home.address.database,
      content: { name, system: fixture.system.name, variant: "plain", parameters: { things: 3 } },
    });
  });

  it("lets nobody connect, so that it stays as it is", async () => {
    const name = await ensureFixture(home.address, await tiny(), silent);
    const opening = Connection.open(home.address.withDatabase(name), "loadgen/test");
    await expect(opening).rejects.toMatchObject({ code: "55000" });
  });

  it("has a name of at most 63 bytes, also for a long name of the system", async () => {
    const fixture = await tiny();
    const name = "with-every-index-that-anybody-ever-asked-for".repeat(2);
    const system = { ...fixture.system, name };
    const loaded = await ensureFixture(home.address, { ...fixture, system }, silent);
    expect(loaded).toMatch(/^loadgen_with_every_[a-z_]*_[0-9a-f]{12}$/);
    expect(Buffer.byteLength(loaded)).toBe(63);
  });

  it("is one for all variants with the same content, and another for any other", async () => {
    const fixture = await tiny();
    const { plain } = fixture.system.variants;
    const variants = {
      ...fixture.system.variants,
      // Only the run's database has settings.
      unsafe: { ...plain!, settings: { synchronous_commit: "off" } },
      turned: { ...plain!, columns: { thing: ["Flag", "Name", "Id"] } },
      more: { ...plain!, adds: { [fixture.system.parts.afterData[0]!.name]: "more.sql" } },
    };
    await writeFile(join(fixture.folder, "more.sql"), "select 2");
    const system = { ...fixture.system, variants };
    const as = (name: string) => ({ ...fixture, system, variant: knownVariant(system, name) });
    const name = await ensureFixture(home.address, as("plain"), silent);
    const again = await ensureFixture(home.address, as("unsafe"), () => {
      throw new Error("loaded again");
    });
    expect(again).toBe(name);
    const others = ["turned", "more"].map((one) => fixtureName(home.address, as(one)));
    expect(new Set([name, ...(await Promise.all(others))]).size).toBe(3);
  });

  it("has another name for other parameters, another script and another maintenance database", async () => {
    const fixture = await tiny();
    const names = [
      await fixtureName(home.address, fixture),
      await fixtureName(home.address, { ...fixture, parameters: { things: 4 } }),
      await fixtureName(home.address.withDatabase("elsewhere"), fixture),
    ];
    await writeFile(join(fixture.folder, "after.sql"), "select 1");
    names.push(await fixtureName(home.address, fixture));
    expect(new Set(names).size).toBe(4);
  });

  it("is loaded by one of two that want it at the same time", async () => {
    const fixture = await tiny();
    let loads = 0;
    const counting = (phase: string, done: number) => {
      if (phase === "vacuum" && done === 1) loads++;
    };
    const [one, other] = await Promise.all([
      ensureFixture(home.address, fixture, counting),
      ensureFixture(home.address, fixture, counting),
    ]);
    expect(other).toBe(one);
    expect(loads).toBe(1);
    expect(await ours()).toEqual([{ name: one, kind: "fixture" }]);
  });

  it("is not left behind in part when the loading fails", async () => {
    const fixture = await tiny(() => [["no number", "", true]]);
    await expect(ensureFixture(home.address, fixture, silent)).rejects.toMatchObject({
      code: "22P02",
    });
    expect(await ours()).toEqual([]);
  });

  it("is loaded anew after a loading that was killed, and what that left is dropped", async () => {
    const fixture = await tiny();
    const { system, variant, parameters } = fixture;
    const name = await fixtureName(home.address, fixture);
    const left = privateName("loading");
    await createDatabase(home.connection, left, {
      template: "template0",
      mark: {
        kind: "loading",
        home: home.address.database,
        content: {
          name,
          system: system.name,
          variant: variant.name,
          parameters: { ...parameters },
        },
      },
    });
    expect(await ours()).toEqual([{ name: left, kind: "loading" }]);
    await ensureFixture(home.address, fixture, silent);
    expect(await ours()).toEqual([{ name, kind: "fixture" }]);
  });

  it("is refused where somebody else's database has its name", async () => {
    const fixture = await tiny();
    const name = await fixtureName(home.address, fixture);
    await home.connection.script(`create database ${name} template template0`);
    try {
      await expect(ensureFixture(home.address, fixture, silent)).rejects.toThrow("is in the way");
    } finally {
      await home.connection.script(`drop database ${name}`);
    }
  });

  it("needs the privilege to create databases, and no other", async () => {
    const fixture = await tiny();
    const plain = await freshRole(home.address);
    await expect(ensureFixture(plain.address, fixture, silent)).rejects.toMatchObject({
      code: "42501",
    });
    await plain.drop();
    const creator = await freshRole(home.address, "createdb");
    const name = await ensureFixture(creator.address, fixture, silent);
    expect(await ours()).toEqual([{ name, kind: "fixture" }]);
    await resetDatabases(creator.address);
    await creator.drop();
  });
});
