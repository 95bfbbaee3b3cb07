import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { hostFigure, type HostReading, readHost } from "../../src/observe/host.ts";
import { type Observer, startObserver, tablesIntervalMsMax } from "../../src/observe/observer.ts";
import { Connection } from "../../src/server/connection.ts";
import { type FreshDatabase, freshDatabase, until } from "../helpers/postgres.ts";

let database: FreshDatabase;
let observer: Observer;

beforeEach(async () => {
  database = await freshDatabase();
});
afterEach(async () => {
  await observer.stop();
  await database.drop();
});

async function observe(local: boolean): Promise<Observer> {
  const { address } = database;
  observer = await startObserver({
    address,
    filter: "loadgen/test",
    clock: () => performance.now(),
    local,
    tablesIntervalMs: tablesIntervalMsMax,
  });
  return observer;
}

async function reading(): Promise<HostReading> {
  const found = await observer.hostNow();
  if (found === null) throw new Error("no reading");
  return found;
}

/** A fifth of a second of the server's CPU or more, on a connection of its own that then ends. */
async function burn(): Promise<void> {
  await Connection.use(database.address, "loadgen/test", (connection) =>
    connection.script("do $$ begin for i in 1..20000000 loop end loop; end $$"),
  );
  await until(async () => (await backends()) === 0, "the backend is gone");
}

// Elsewhere there is no /proc.
describe.runIf(process.platform === "linux")("the clocks of the server's machine", () => {
  it("count what the server did, also by a backend that has ended since", async () => {
    await observe(true);
    const start = await reading();
    await burn();
    const end = await reading();
    expect(end.serverTicks - start.serverTicks).toBeGreaterThan(10);
    expect(end.ticks - end.idleTicks).toBeGreaterThan(start.ticks - start.idleTicks);
    expect(end.cores).toBe(start.cores);
    expect(end.generatorUs).toBeGreaterThan(start.generatorUs);
  });

  it("tell who kept the cores busy, once enough time has passed", async () => {
    await observe(true);
    const start = await reading();
    await burn();
    await until(async () => hostFigure(start, await reading()) !== null, "enough time");
    const figure = hostFigure(start, await reading());
    expect(figure?.serverCores).toBeGreaterThan(0);
    expect(figure?.busyCores).toBeGreaterThan(0);
    expect(figure?.busyCores).toBeLessThanOrEqual(figure?.cores ?? 0);
  });

  it("are not read where the server is elsewhere, nor where a backend is not its parent", async () => {
    await observe(false);
    expect(await observer.hostNow()).toBeNull();
    const [row] = await database.connection.query("select pg_backend_pid() as pid");
    const found = readHost(Number(row?.pid));
    expect(found).not.toBeNull();
    // The postmaster is a postgres, but what started it is none.
    expect(readHost(found?.postmaster ?? 0)).toBeNull();
  });
});

async function backends(): Promise<number> {
  const [row] = await database.connection.query(
    `select count(*)::int4 as count from pg_catalog.pg_stat_activity
      where datname = current_database() and application_name = 'loadgen/test'
        and pid <> pg_backend_pid()`,
  );
  return Number(row?.count);
}
