import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { pgbouncerProgram } from "../../src/faults/pgbouncer.ts";
import { Address } from "../../src/server/address.ts";
import { Connection } from "../../src/server/connection.ts";
import { Pgbouncer, type PgbouncerOptions } from "../../src/server/pgbouncer.ts";
import { type FreshDatabase, freshDatabase, until } from "../helpers/postgres.ts";

const program = pgbouncerProgram();
if (program === null) {
  console.warn("left out: a PgBouncer of a run's own, which needs one (apt-get install pgbouncer)");
}

describe.runIf(program !== null)("a PgBouncer of a run's own", () => {
  let database: FreshDatabase;
  let bouncer: Pgbouncer | null = null;

  beforeEach(async () => {
    database = await freshDatabase();
  });

  afterEach(async () => {
    await bouncer?.close();
    bouncer = null;
    await database.drop();
  });

  async function start(given: Partial<PgbouncerOptions> = {}): Promise<Pgbouncer> {
    bouncer = await Pgbouncer.start({
      program: program ?? "",
      behind: database.address,
      poolSize: 8,
      clients: 50,
      settings: ["set lock_timeout = 4321", "set default_transaction_isolation = 'serializable'"],
      ...given,
    });
    return bouncer;
  }

  const ask = (address: Address, sql: string) =>
    Connection.use(address, "loadgen/ledger/3", (connection) => connection.query(sql));

  it("hands on to the run's database who asks, with the settings that were asked for", async () => {
    const { address } = await start();
    const sql = `select current_database() as database, current_setting('lock_timeout') as lock,
      current_setting('transaction_isolation') as isolation,
      current_setting('application_name') as name`;
    expect(await ask(address, sql)).toEqual([
      {
        database: database.address.database,
        lock: "4321ms",
        isolation: "serializable",
        name: "loadgen/ledger/3",
      },
    ]);
  });

  it("lets nobody in without its password", async () => {
    const { address } = await start();
    const stranger = Address.from(address.display, {});
    await expect(ask(stranger, "select 1")).rejects.toThrow(/password/);
  });

  it("has no more connections to the server than it may, and more again afterwards", async () => {
    const { address } = await start();
    const all = await Promise.all(
      Array.from({ length: 6 }, () => Connection.open(address, "loadgen/ledger/1")),
    );
    const sleep = () => all.map((one) => one.query("begin; select pg_sleep(0.05); commit"));
    await Promise.all(sleep());
    expect((await bouncer!.pools()).serverConnections).toBeGreaterThan(2);
    // Under load, when none of its connections is ever idle.
    let over = false;
    let waiting = 0;
    const loads = all.map(async (one) => {
      while (!over) await one.query("begin; select pg_sleep(0.02); commit");
    });
    await bouncer!.limitPool(2);
    for (let times = 0; times < 5; times++) {
      const pools = await bouncer!.pools();
      expect(pools.serverConnections).toBeLessThanOrEqual(2);
      waiting = Math.max(waiting, pools.waiting);
    }
    expect(waiting).toBeGreaterThan(0);
    await bouncer!.limitPool(null);
    await until(async () => (await bouncer!.pools()).serverConnections > 2, "a wide pool");
    // All that it may have is what it was given.
    await bouncer!.limitPool(1000);
    const console = address.withDatabase("pgbouncer");
    const [row] = (await ask(console, "show config")).filter(
      ({ key }) => key === "default_pool_size",
    );
    expect(row?.value).toBe("8");
    over = true;
    await Promise.all(loads);
    await Promise.all(all.map((one) => one.close()));
  });

  it("says why it does not get to the server", async () => {
    const behind = database.address.withDatabase("nowhere_at_all");
    await expect(start({ behind })).rejects.toThrow(/nowhere_at_all/);
  });

  it.runIf(process.platform === "linux")(
    "leaves nobody who would end somebody else in its place, if it ends by itself",
    async () => {
      const folder = folderOf((await start()).address);
      expect(processesOf(folder).length).toBeGreaterThan(1);
      const [own = 0] = processesOf(folder).filter((pid) =>
        commandLine(String(pid)).startsWith(`${program} -q ${folder}`),
      );
      process.kill(own, "SIGKILL");
      // Without a turn of the event loop, in which the input of those that are left would be closed.
      const endMs = performance.now() + 10_000;
      while (processesOf(folder).length > 0 && performance.now() < endMs);
      expect(processesOf(folder)).toEqual([]);
      expect(existsSync(folder)).toBe(false);
    },
  );

  it("leaves nothing behind", async () => {
    const { address } = await start();
    const folder = folderOf(address);
    expect(existsSync(folder)).toBe(true);
    await bouncer?.close();
    expect(existsSync(folder)).toBe(false);
  });
});

/** Those in whose command line this stands; one that has ended has none. */
function processesOf(text: string): readonly number[] {
  const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  return pids.filter((pid) => commandLine(pid).includes(text)).map(Number);
}

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
  } catch {
    return ""; // It is gone by now.
  }
}

function folderOf(address: Address): string {
  const { place } = address;
  return "socketPath" in place ? dirname(place.socketPath) : "";
}
