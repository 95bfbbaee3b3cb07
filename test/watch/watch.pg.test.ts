import { availableParallelism } from "node:os";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Connection, ServerError } from "../../src/server/connection.ts";
import type { WatchResult } from "../../src/watch/result.ts";
import { watch, type WatchRequest, type WatchSample } from "../../src/watch/watch.ts";
import { type FreshDatabase, freshDatabase, serverAddress, until } from "../helpers/postgres.ts";
import { freshRole } from "../helpers/role.ts";
import { Driver, driverTable, StandingLoad, untilBackends } from "./driver.ts";

let database: FreshDatabase;
let driver: Driver | undefined;
let standing: StandingLoad | undefined;
let interruption: AbortController;
let samples: WatchSample[];
let notes: string[];

beforeEach(async () => {
  database = await freshDatabase();
  await database.connection.script(driverTable);
  interruption = new AbortController();
  samples = [];
  notes = [];
});

afterEach(async () => {
  await driver?.stop();
  driver = undefined;
  await standing?.stop(database.connection);
  standing = undefined;
  await database.drop();
});

/** Ten sockets for 32 loops. */
async function drive(): Promise<void> {
  driver = new Driver(database.address, { sockets: 10, loops: 32 });
  await untilBackends(database.connection, "driver/", 10);
}

function watching(given: Partial<WatchRequest> = {}): Promise<WatchResult> {
  return watch({
    address: database.address,
    // Whoever else keeps this machine's cores busy is to decide nothing.
    mayBeLocal: false,
    applicationName: "driver/",
    durationMs: 2_000,
    clients: null,
    interrupted: interruption.signal,
    listener: { sample: (sample) => samples.push(sample), note: (text) => notes.push(text) },
    ...given,
  });
}

async function script(sql: string): Promise<void> {
  await Connection.use(serverAddress(), "loadgen/test", (server) => server.script(sql));
}

describe("watching a pool of ten that 32 loops share", () => {
  it("sees ten backends that wait for their client, and suspects its side", async () => {
    await drive();
    const { verdict, load } = await watching();
    expect(verdict.exitCode).toBe(0);
    expect(load).toMatchObject({
      backends: { min: 10, max: 10, different: 10, isFlat: true },
      // The test's own connection, which has another name.
      transactions: { otherBackendsMax: 1 },
      limitedBy: { kind: "unknown", suspected: "generator" },
    });
    expect(load?.waits[0]).toMatchObject({ type: "Client", event: "ClientRead" });
    expect(load?.transactions.committedPerSecond).toBeGreaterThan(10);
    expect(load?.times.isCountedLate).toBe(false);
    // What the driver holds it for is the least that it can be.
    expect(load?.times.transactionMs).toBeGreaterThan(2.5);
    expect(samples.length).toBeGreaterThan(0);
    expect(samples.at(-1)).toMatchObject({ backends: 10 });
    expect(notes).toEqual([]);
    expect(load?.host).toBeNull();
  });

  it("knows that it is the limit if it is told of 32 clients", async () => {
    await drive();
    const { verdict, load } = await watching({ clients: 32 });
    expect(verdict).toMatchObject({ status: "invalid", exitCode: 97 });
    expect(load?.limitedBy.kind).toBe("generator");
    expect(load?.times.clientsOutside).toBeGreaterThan(20);
  });

  it("ends when the user wants it to, with what was seen", async () => {
    await drive();
    const result = watching({ durationMs: 3_600_000 });
    await until(() => samples.length > 0, "a second");
    interruption.abort("SIGINT");
    const { verdict, load, lengthMs } = await result;
    expect(verdict.exitCode).toBe(130);
    expect(load?.backends.max).toBe(10);
    expect(lengthMs).toBeLessThan(3_600_000);
  });

  it("says that the server went away, and what was seen before counts", async () => {
    await drive();
    const result = watching({ durationMs: 3_600_000 });
    await until(() => samples.length > 0, "a second");
    const { database: name } = database.address;
    await script(`alter database ${name} allow_connections false`);
    await script(
      `select pg_terminate_backend(pid) from pg_stat_activity
        where datname = '${name}' and application_name <> 'loadgen/test'`,
    );
    await until(() => notes.length > 0, "a note");
    await until(() => samples.at(-1)?.backends === null, "a second without a look");
    await script(`alter database ${name} allow_connections true`);
    await until(() => notes.length > 1, "another note");
    interruption.abort("SIGTERM");
    const { verdict, load, notes: told } = await result;
    expect(verdict.exitCode).toBe(143);
    expect(load?.backends.max).toBe(10);
    expect(told).toEqual([
      expect.stringContaining("the server does not answer: "),
      "the server answers again",
    ]);
  });
});

describe("watching a server that is at its end", () => {
  const loop = "do $$ begin loop perform 1; end loop; end $$";

  /** Two for each core. */
  const loops = Array.from({ length: 2 * availableParallelism() }, () => loop);

  async function stand(statements: readonly string[]): Promise<void> {
    standing = await StandingLoad.start(database.address, statements);
    await untilBackends(database.connection, "driver/", statements.length);
  }

  it.runIf(process.platform === "linux")(
    "does not know what limits 1000 clients where the server's cores are full",
    async () => {
      await stand(loops);
      const { verdict, load } = await watching({ clients: 1_000, mayBeLocal: true });
      expect(verdict.exitCode).toBe(0);
      expect(load?.limitedBy).toMatchObject({ kind: "unknown", suspected: "cpu" });
      expect(load?.limitedBy.evidence).toContain("the cores of the server's machine are full");
      expect(load?.host?.serverCores).toBeGreaterThan(0);
      expect(load?.parts.every(({ kind }) => kind === "cpu")).toBe(true);
    },
  );

  it.runIf(process.platform === "linux")(
    "suspects the cores that some of a pool fill, not the client of the others",
    async () => {
      const idle = Array.from({ length: 2 * loops.length }, () => "select 1");
      await stand([...loops, ...idle]);
      const { load } = await watching({ mayBeLocal: true });
      expect(load?.limitedBy).toMatchObject({ kind: "unknown", suspected: "cpu" });
    },
  );

  it("does not know what limits 32 clients where most backends wait for a lock", async () => {
    await Connection.use(database.address, "loadgen/test-holder", async (holder) => {
      await holder.script("begin; update public.driven set id = 2");
      await stand(Array.from({ length: 5 }, () => "update public.driven set id = 3"));
      await until(async () => {
        const [row] = await database.connection.query(
          "select count(*)::int4 as count from pg_catalog.pg_locks where not granted",
          [],
        );
        return Number(row?.count) >= 5;
      }, "five waiting");
      const { verdict, load } = await watching({ clients: 32 });
      expect(verdict.exitCode).toBe(0);
      expect(load?.limitedBy).toMatchObject({ kind: "unknown", suspected: "lock" });
    });
  });
});

describe("watching what is not there", () => {
  it("is no data, and tells who is there", async () => {
    const { verdict, load } = await watching({ applicationName: "drover/", durationMs: 1_000 });
    expect(load).toBeNull();
    expect(verdict.exitCode).toBe(97);
    expect(verdict.reasons[0]).toContain(
      `"loadgen/test" (${database.address.database}, 1 backend)`,
    );
  });

  it("is refused where there is no such database", async () => {
    const address = database.address.withDatabase("no_such_database");
    await expect(watching({ address })).rejects.toThrow(ServerError);
  });
});

describe("watching a load of another role", () => {
  it("is refused without the right to see it, and the right is named", async () => {
    await drive();
    const role = await freshRole(database.address);
    try {
      const refused = watching({ address: role.address });
      await expect(refused).rejects.toMatchObject({
        code: "42501",
        message: expect.stringContaining(`grant pg_read_all_stats to ${role.name}`) as unknown,
      });
      await database.connection.script(`grant pg_read_all_stats to ${role.name}`);
      const { load } = await watching({ address: role.address, durationMs: 1_000 });
      expect(load?.backends.max).toBe(10);
    } finally {
      await role.drop();
    }
  });

  it("ends as soon as such a load is seen to begin", async () => {
    const role = await freshRole(database.address);
    try {
      const refused = watching({ address: role.address, durationMs: 3_600_000 });
      // Whatever it says is asked for below.
      refused.catch(() => undefined);
      await until(() => samples.length > 0, "a second");
      await drive();
      await expect(refused).rejects.toMatchObject({ code: "42501" });
    } finally {
      await role.drop();
    }
  });

  it("is refused where the server does not track what backends do", async () => {
    const { database: name } = database.address;
    await script(`alter database ${name} set track_activities = off`);
    await expect(watching()).rejects.toMatchObject({ code: "55000" });
  });
});
