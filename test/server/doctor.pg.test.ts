import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Address } from "../../src/server/address.ts";
import { createEmptyDatabase, dropDatabase, runDatabaseName } from "../../src/server/databases.ts";
import { examine, serverFacts } from "../../src/server/doctor.ts";
import type { Check, Needs } from "../../src/server/doctor-checks.ts";
import { type FreshDatabase, freshDatabase, startServer14, until } from "../helpers/postgres.ts";
import { hasServer14 } from "../helpers/postgresql-14.ts";
import { freshRole } from "../helpers/role.ts";

const needs: Needs = { sessions: 4, connections: 8, locksPerTransaction: 130 };
let database: FreshDatabase;

beforeAll(async () => {
  database = await freshDatabase();
});

afterAll(() => database.drop());

async function checks(address: Address, wanted = needs): Promise<ReadonlyMap<string, Check>> {
  const list = await examine(address, wanted);
  return new Map(list.map((check) => [check.name, check]));
}

describe("the doctor, on a real server", () => {
  it("finds nothing wrong with the embedded server, but for databases of other tests", async () => {
    const found = await checks(database.address);
    const wrong = [...found.values()].filter(({ ok, name }) => ok !== true && name !== residue);
    expect(wrong).toEqual([]);
    expect(found.get("system identifier")?.found).toMatch(/^\d{15,}$/);
  });

  it("finds what a login without privileges may not do", async () => {
    const role = await freshRole(database.address);
    const found = await checks(role.address);
    const no = [...found.values()].filter((check) => check.ok === false).map(({ name }) => name);
    expect(no.filter((name) => name !== residue)).toEqual([
      "may create databases",
      "may see other sessions",
      "may end other sessions",
      "may write a checkpoint",
    ]);
    await role.drop();
  });

  it("finds what was granted", async () => {
    const role = await freshRole(database.address, "createdb");
    const grants = "pg_monitor, pg_signal_backend, pg_checkpoint";
    await database.connection.script(`grant ${grants} to ${role.name}`);
    const found = await checks(role.address);
    for (const [name, check] of found) {
      if (name.startsWith("may ")) expect(check, name).toMatchObject({ ok: true, hint: "" });
    }
    await role.drop();
  });

  it("finds settings that hide what happens", async () => {
    await database.connection.script(
      "set track_io_timing = off; set track_functions = none; set track_activities = off",
    );
    expect(await serverFacts(database.connection)).toMatchObject({
      trackIoTiming: "off",
      trackFunctions: "none",
      trackActivities: "off",
    });
    await database.connection.script("reset all");
  });

  it("cannot tell the system identifier where that was forbidden", async () => {
    const closed = await freshDatabase();
    await closed.connection.script("revoke execute on function pg_control_system() from public");
    const role = await freshRole(closed.address);
    expect((await checks(role.address)).get("system identifier")).toMatchObject({
      ok: null,
      found: "may not be read",
    });
    await role.drop();
    await closed.drop();
  });

  it("finds too few connections, locks and open files for many sessions", async () => {
    const many = 10_000_000;
    const found = await checks(database.address, {
      ...needs,
      sessions: many,
      connections: many + 3,
    });
    for (const name of ["connections", "lock table", "open files"]) {
      expect(found.get(name), name).toMatchObject({
        ok: false,
        needed: expect.stringContaining(String(many).slice(0, -1)) as string,
      });
    }
  });

  it("finds a run's database that was left behind", async () => {
    const name = runDatabaseName();
    await createEmptyDatabase(database.address, name);
    expect((await checks(database.address)).get(residue)).toMatchObject({
      ok: false,
      found: expect.stringContaining(name) as string,
    });
    await dropDatabase(database.address, name);
  });

  it.runIf(hasServer14)("knows what PostgreSQL 14 has and has not", async () => {
    const server = await startServer14();
    try {
      const found = await checks(server.address);
      expect(found.get("server version")).toMatchObject({ ok: true });
      const role = await freshRole(server.address);
      const checkpoint = (await checks(role.address)).get("may write a checkpoint");
      expect(checkpoint).toMatchObject({ ok: false, needed: "superuser (before PostgreSQL 15)" });
      await role.drop();
    } finally {
      await server.stop();
    }
  });

  it("is of no use without a server", async () => {
    const nowhere = database.address.withDatabase("there_is_no_such_database");
    await expect(examine(nowhere, needs)).rejects.toMatchObject({
      name: "ServerError",
      code: "3D000",
    });
  });

  it("leaves no connection behind", async () => {
    await examine(database.address, needs);
    await until(async () => {
      const open = await database.connection.query(
        `select from pg_stat_activity
          where application_name = 'loadgen/doctor' and datname = current_database()`,
      );
      return open.length === 0;
    }, "its connection is closed");
  });
});

const residue = "databases left behind";
