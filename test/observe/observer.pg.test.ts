import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  Observer,
  type ObserverSettings,
  startObserver,
  tablesIntervalMsMax,
} from "../../src/observe/observer.ts";
import { Connection, ServerError } from "../../src/server/connection.ts";
import { serverAddress, until } from "../helpers/postgres.ts";
import { filter, World } from "./sessions.ts";

const clock = () => performance.now();

let world: World;
let observer: Observer | undefined;
beforeEach(async () => {
  world = await World.open();
});
afterEach(async () => {
  await observer?.stop();
  observer = undefined;
  await world.close();
});

async function observe(changes: Partial<ObserverSettings> = {}): Promise<Observer> {
  const { address } = world.database;
  observer = await startObserver({
    address,
    filter,
    clock,
    local: true,
    tablesIntervalMs: tablesIntervalMsMax,
    ...changes,
  });
  // Its first look at the tables is over: what a test does to it now hits what the test asks for.
  const watching = observer;
  await until(() => watching.latestTables !== null, "the first tables");
  return watching;
}

async function samples(watching: Observer, count: number, sinceMs: number): Promise<void> {
  await until(() => watching.activityBetween(sinceMs, Infinity).samples >= count, "samples");
}

async function terminate(applicationName: string): Promise<void> {
  const gone = await world.database.connection.query(
    `select pg_terminate_backend(pid) from pg_stat_activity
     where datname = current_database() and application_name = $1`,
    [applicationName],
  );
  expect(gone.length).toBeGreaterThan(0);
}

/** More than a second of samples: the observer may connect again at once. */
const pastReconnectPause = 6;

async function acceptConnections(accept: boolean): Promise<void> {
  const { database } = world.database.address;
  await Connection.use(serverAddress(), "loadgen/test", (server) =>
    server.script(`alter database ${database} allow_connections ${accept}`),
  );
}

describe("the observer", () => {
  it("tells for a span of time how many sessions were busy, and what they waited for", async () => {
    const busy = await world.session();
    await world.session();
    const watching = await observe();
    await busy.script("begin; select 1");
    const startMs = clock();
    await samples(watching, 3, startMs);
    const endMs = clock();
    await busy.query("commit");
    expect(watching.activityBetween(startMs, endMs)).toMatchObject({
      busy: { mean: 1, max: 1 },
      active: { mean: 0, max: 0 },
      idleInTransaction: { mean: 1, max: 1 },
      connections: 2,
    });
    await until(() => watching.latest?.busy === 0, "nobody is busy");
    const observed = watching.observedBetween(startMs, endMs);
    expect(observed.concurrency.connectionsUsed).toBe(2);
    expect(observed.waits).toMatchObject([{ type: "Client", event: "ClientRead" }]);
    expect(observed.locks).toMatchObject({ waiting: { max: 0 }, edges: [] });
    expect(watching.activityBetween(0, 1).samples).toBe(0);
  });

  it("sees who blocks whom", async () => {
    const [holder, waiter] = [await world.session(), await world.session()];
    await holder.script("begin; select pg_advisory_xact_lock(1) /* loadgen:hold */");
    const watching = await observe();
    const startMs = clock();
    const waiting = waiter.query("select pg_advisory_xact_lock(1) /* loadgen:wait */");
    await until(
      () => watching.observedBetween(startMs, Infinity).locks.edges.length > 0,
      "an edge",
    );
    await holder.query("commit");
    await waiting;
    const { locks } = watching.observedBetween(startMs, Infinity);
    expect(locks.waiting.max).toBe(1);
    expect(locks.edges).toMatchObject([
      { blocked: "wait", blocker: "hold", lockType: "advisory", relation: "unknown" },
    ]);
  });

  it("counts every backend once that was there in a span of time", async () => {
    const watching = await observe();
    const first = await world.session();
    await until(() => watching.latest?.connections === 1, "the first is seen");
    await first.close();
    await until(() => watching.latest?.connections === 0, "the first is gone");
    const secondMs = clock();
    await world.session();
    await until(() => watching.latest?.connections === 1, "the second is seen");
    expect(watching.observedBetween(0, Infinity).concurrency.connectionsUsed).toBe(2);
    expect(watching.observedBetween(secondMs, Infinity).concurrency.connectionsUsed).toBe(1);
  });

  it("survives that its connections end and the server takes no new ones, and counts it", async () => {
    const watching = await observe();
    await samples(watching, pastReconnectPause, 0);
    await acceptConnections(false);
    await terminate("loadgen/observer");
    const goneMs = clock();
    // 55000: the database is not currently accepting connections.
    await until(async () => (await watching.mark()) === null, "the tables are out of sight");
    expect(watching.activityBetween(goneMs, Infinity).samples).toBe(0);
    await acceptConnections(true);
    await samples(watching, 3, goneMs);
    await until(async () => (await watching.mark()) !== null, "the tables are in sight");
    const cost = await watching.stop();
    observer = undefined;
    expect(cost.missed).toBeGreaterThan(0);
    expect(cost.missedByCode["55000"]).toBeGreaterThan(0);
    expect(cost.missed).toBe(Object.values(cost.missedByCode).reduce((a, b) => a + b));
  });

  it("misses nothing when an idle connection of its own ends", async () => {
    const watching = await observe();
    await samples(watching, pastReconnectPause, 0);
    await terminate("loadgen/observer");
    expect(await watching.mark()).toEqual([]);
  });

  it("counts a look that ran into its timeout, and goes on", async () => {
    const watching = await observe();
    const blocker = await world.session("migration");
    // What every look needs itself, held by somebody: its statement_timeout (57014) ends the wait.
    await blocker.script("begin; lock table pg_catalog.pg_namespace in access exclusive mode");
    expect(await watching.mark()).toBeNull();
    await blocker.query("rollback");
    expect(await watching.mark()).toEqual([]);
    const cost = await watching.stop();
    observer = undefined;
    expect(cost.missedByCode["57014"]).toBe(1);
  });

  it("gives up on a server that does not answer at all, and asks a new backend next", async () => {
    const watching = await observe();
    const backends = await world.database.connection.query(
      `select pid from pg_stat_activity
       where datname = current_database() and application_name = 'loadgen/observer'`,
    );
    const signal = (name: NodeJS.Signals) =>
      backends.forEach(({ pid }) => process.kill(Number(pid), name));
    signal("SIGSTOP");
    try {
      expect(await watching.mark()).toBeNull();
      expect(await watching.mark()).toEqual([]);
    } finally {
      signal("SIGCONT");
    }
    const cost = await watching.stop();
    observer = undefined;
    expect(cost.missedByCode.timeout).toBeGreaterThan(0);
    expect(cost.missedByCode.late).toBeGreaterThan(0);
  });

  it("gives the tables at any time", async () => {
    await world.database.connection.script("create table public.account (id int)");
    const watching = await observe();
    expect(await watching.mark()).toMatchObject([{ table: "public.account" }]);
    expect(watching.latestTables?.byRoot["public.account"]).toMatchObject({ deadTuples: 0 });
  });

  it("measures its own cost, where the server is local", async () => {
    const watching = await observe();
    await samples(watching, 4, 0);
    const cost = await watching.stop();
    observer = undefined;
    expect(cost.cpuUsPerSecond).toBeGreaterThan(0);
    expect(cost.queryUsPerSecond).toBeGreaterThan(0);
    expect(cost.cpuUsPerSecond).toBeLessThan(1_000_000);

    const remote = await observe({ local: false });
    observer = undefined;
    expect((await remote.stop()).cpuUsPerSecond).toBeNull();
  });

  it("does not start where nothing can be observed", async () => {
    const address = world.database.address.withDatabase("no_such_database");
    await expect(observe({ address })).rejects.toThrow(ServerError);
  });
});
