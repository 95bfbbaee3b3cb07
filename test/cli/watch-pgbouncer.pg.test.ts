import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { findPgbench } from "../../bench/pgbench.ts";
import { type Ended, expectCode, Loadgen } from "../helpers/loadgen.ts";
import { type Bouncer, hasPgbouncer, startPgbouncer } from "../helpers/pgbouncer.ts";
import { type FreshDatabase, freshDatabase } from "../helpers/postgres.ts";
import { driverTable, elsewhere, untilBackends } from "../watch/driver.ts";

const pgbench = await findPgbench(new AbortController().signal);
const canRun = hasPgbouncer && pgbench !== null;
if (!canRun) {
  console.warn(
    "left out: watching pgbench through PgBouncer, which needs /usr/sbin/pgbouncer and pgbench " +
      "(on Debian: apt-get install pgbouncer postgresql-contrib)",
  );
}

/** As a service does, it takes its time within the transaction. */
const script = `
begin;
select id from public.driven;
\\sleep 20 ms
commit;
`;

describe.runIf(canRun)("watching 32 clients of pgbench behind ten connections of PgBouncer", () => {
  let loadgen: Loadgen;
  let database: FreshDatabase;
  let bouncer: Bouncer;
  let load: ChildProcess;

  beforeAll(async () => {
    loadgen = await Loadgen.prepared();
  });
  afterAll(() => loadgen.remove());

  beforeEach(async () => {
    database = await freshDatabase();
    await database.connection.script(driverTable);
    bouncer = await startPgbouncer(database.address);
    load = await startPgbench(32);
    await untilBackends(database.connection, "pgbench", 10);
  });

  afterEach(async () => {
    const ended = once(load, "close");
    load.kill("SIGINT");
    await ended;
    await bouncer.stop();
    await database.drop();
  });

  async function startPgbench(clients: number): Promise<ChildProcess> {
    const file = join(loadgen.folder, "hold.sql");
    await writeFile(file, script);
    const words = [
      // PgBouncer 1.18 knows no prepared statements in transaction pooling.
      ...["--protocol", "simple", "--no-vacuum", "--client", String(clients), "--time", "3600"],
      ...["--file", file, "--host", "127.0.0.1", "--port", String(bouncer.port)],
      ...["--username", "test", database.address.database],
    ];
    return spawn(pgbench?.path ?? "", words, { stdio: "ignore", env: {} });
  }

  function watch(...words: readonly string[]): Promise<Ended> {
    const all = ["watch", "--application-name", "pgbench", "--duration", "3s", ...words];
    return loadgen.start(all, elsewhere(database.address)).ended;
  }

  it("sees ten backends that wait for the client, never more", async () => {
    const ended = await watch();
    expectCode(ended, 0);
    expect(ended.stdout).toContain(
      "10 backends from the first look to the last, never more: whoever drives this load opens no more.",
    );
    expect(ended.stdout).toContain("Suspected: generator.");
    expect(ended.stdout).toContain("Client:ClientRead");
  });

  it("says that this limits the load once it knows of the 32 clients", async () => {
    const ended = await watch("--clients", "32", "--json");
    expectCode(ended, 97);
    expect(JSON.parse(ended.stdout)).toMatchObject({
      schema: "loadgen.watch/1",
      clients: 32,
      load: {
        backends: { min: 10, max: 10, different: 10, isFlat: true },
        limitedBy: { kind: "generator" },
        times: { isCountedLate: false },
      },
    });
  });
});
