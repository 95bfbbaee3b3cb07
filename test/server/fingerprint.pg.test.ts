import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Connection } from "../../src/server/connection.ts";
import { machineFingerprint, serverFingerprint } from "../../src/server/fingerprint.ts";
import { type FreshDatabase, freshDatabase, startServer14, until } from "../helpers/postgres.ts";
import { hasServer14 } from "../helpers/postgresql-14.ts";
import { freshRole } from "../helpers/role.ts";

let database: FreshDatabase;

beforeAll(async () => {
  database = await freshDatabase();
});

afterAll(() => database.drop());

describe("the fingerprint of a server", () => {
  it("has the version as text and number, and the cluster's identifier", async () => {
    const fingerprint = await serverFingerprint(database.connection);
    expect(fingerprint.version).toMatch(/^18\.\d+$/);
    expect(fingerprint.versionNumber).toBeGreaterThanOrEqual(180_000);
    expect(fingerprint.systemIdentifier).toMatch(/^\d{15,}$/);
  });

  it("has settings that matter, at their default or not, with their units", async () => {
    const { settings } = await serverFingerprint(database.connection);
    expect(settings).toMatchObject({
      work_mem: expect.stringMatching(/^\d+[kMG]B$/) as string,
      // The tests' server has it otherwise than by default.
      fsync: "off",
      track_io_timing: "on",
    });
    expect(settings.max_locks_per_transaction).toMatch(/^\d+$/);
  });

  it("has settings that were changed for a database, which its sessions get too", async () => {
    const { address, connection } = database;
    await connection.script(`alter database ${address.database} set enable_seqscan = off`);
    await Connection.use(address, "loadgen/test", async (later) => {
      expect((await serverFingerprint(later)).settings.enable_seqscan).toBe("off");
    });
    await connection.script(`alter database ${address.database} reset enable_seqscan`);
  });

  it("leaves out what belongs to one connection or to a place", async () => {
    const { settings } = await Connection.use(database.address, "loadgen/test", async (other) => {
      await other.script("set statement_timeout = 12345");
      return serverFingerprint(other);
    });
    expect(settings.statement_timeout).toBeUndefined();
    expect(settings.application_name).toBeUndefined();
    const names = Object.keys(settings);
    expect(names.length).toBeGreaterThan(20);
    const places = /^port$|^listen|_file$|_director/;
    expect(names.filter((name) => places.test(name))).toEqual([]);
  });

  it("leaves out settings of extensions that it does not know, which may be secrets", async () => {
    const { address, connection } = database;
    const set = (name: string) => `alter database ${address.database} set ${name}`;
    await connection.script("load 'pg_trgm'; load 'auto_explain'");
    await connection.script(set("pg_trgm.similarity_threshold = 0.123"));
    await connection.script(set("auto_explain.log_min_duration = 12345"));
    const { settings } = await Connection.use(address, "loadgen/test", async (later) => {
      await later.script("load 'pg_trgm'; load 'auto_explain'");
      return serverFingerprint(later);
    });
    expect(settings["auto_explain.log_min_duration"]).toBe("12345ms");
    expect(settings["pg_trgm.similarity_threshold"]).toBeUndefined();
    await connection.script(`alter database ${address.database} reset all`);
  });

  it("has the extensions of the database", async () => {
    expect(Object.keys((await serverFingerprint(database.connection)).extensions)).toEqual([
      "plpgsql",
    ]);
    await database.connection.script("create extension pgstattuple");
    const { extensions } = await serverFingerprint(database.connection);
    expect(extensions.pgstattuple).toMatch(/^\d/);
  });

  it("does without the identifier, and hidden settings, for a login that may not read them", async () => {
    const closed = await freshDatabase();
    await closed.connection.script("revoke execute on function pg_control_system() from public");
    const role = await freshRole(closed.address);
    await Connection.use(role.address, "loadgen/test", async (connection) => {
      const fingerprint = await serverFingerprint(connection);
      expect(fingerprint.systemIdentifier).toBeNull();
      expect(fingerprint.settings.shared_preload_libraries).toBeUndefined();
      expect(fingerprint.settings.work_mem).toBeDefined();
    });
    await role.drop();
    await closed.drop();
  });

  it.runIf(hasServer14)(
    "is taken from PostgreSQL 14 as well, and has no secret of its settings",
    async () => {
      const server = await startServer14();
      try {
        await Connection.use(server.address, "loadgen/test", async (connection) => {
          await connection.query("alter system set primary_conninfo = 'password=hunter2'");
          await connection.query("alter system set archive_command = 'copy --token hunter2'");
          await connection.query("alter system set checkpoint_timeout = '7min'");
          await connection.query("select pg_reload_conf()");
          await until(async () => {
            const [row] = await connection.query("show checkpoint_timeout");
            return row?.checkpoint_timeout === "7min";
          }, "the settings are read");
          const fingerprint = await serverFingerprint(connection);
          expect(fingerprint.version).toMatch(/^14\.\d+$/);
          expect(fingerprint.settings.io_method).toBeUndefined();
          expect(fingerprint.settings.checkpoint_timeout).toBe("7min");
          expect(JSON.stringify(fingerprint)).not.toContain("hunter2");
        });
      } finally {
        await server.stop();
      }
    },
  );
});

describe("the fingerprint of the machine", () => {
  it("has processor, cores, memory, kernel and Node", () => {
    const machine = machineFingerprint();
    expect(machine.cores).toBeGreaterThan(0);
    expect(machine.memoryBytes).toBeGreaterThan(2 ** 20);
    expect(machine.cpu).not.toBe("");
    expect(machine.kernel).toMatch(/^\w+ \S+ \w+$/);
    expect(machine.node).toBe(process.versions.node);
  });
});
