/** k6's sessions share a pool that is a real PgBouncer. */
import { chmod, mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from "vitest";
import { pgbouncerProgram } from "../../../src/faults/pgbouncer.ts";
import { expectCode, Loadgen, runJsonIn, tinyFixture } from "../../helpers/loadgen.ts";
import { type FreshDatabase, freshDatabase } from "../../helpers/postgres.ts";

const k6 = inject("k6");
const isThere = pgbouncerProgram() !== null;
if (!isThere) {
  console.warn("left out: pools of k6, which need a PgBouncer (apt-get install pgbouncer)");
}

const onK6 = ["--engine", "k6", "--k6", String(k6)];

describe.runIf(k6 !== null && isThere)("a pool of k6's sessions", () => {
  let loadgen: Loadgen;
  /** Where the folders of PgBouncer and k6 are. */
  let temporary: string;

  beforeAll(async () => {
    loadgen = await Loadgen.prepared();
    temporary = join(loadgen.folder, "tmp");
    await mkdir(temporary);
    // As /tmp is: PgBouncer does not run as root, and yet has to get there, and to clear up.
    await chmod(loadgen.folder, 0o755);
    await chmod(temporary, 0o1777);
  });
  afterEach(() => loadgen.killAll());
  afterAll(() => loadgen.remove());

  async function run(words: readonly string[], env: Readonly<Record<string, string>> = {}) {
    const { started, folder } = loadgen.startRun(words, { TMPDIR: temporary, ...env });
    return { ended: await started.ended, folder };
  }

  const tiny = ["concurrent", ...tinyFixture, "--sessions", "6", "--warmup", "200ms"];

  it("decides as on pg, and claims nothing of what it cannot know", async () => {
    const words = [...tiny, "--transactions", "8", "--think", "0", "--pool-max", "2"];
    const pooled = await run([...words, ...onK6]);
    const onPg = await run(words);
    expectCode(pooled.ended, 0);
    expectCode(onPg.ended, 0);
    expect(pooled.ended.stdout).toContain(
      "sessions go through a PgBouncer, because of --pool-max on k6",
    );
    const [k6Json, pgJson] = [await runJsonIn(pooled.folder), await runJsonIn(onPg.folder)];
    expect(k6Json.digest).toEqual(pgJson.digest);
    expect(k6Json.transactions.committed).toBe(48);
    const { busySessions, poolWaitUs, connectionsInUseMax, backendsMax } = k6Json.concurrency;
    expect(busySessions.max).toBeLessThanOrEqual(2);
    expect(poolWaitUs.p50).toBeNull();
    expect(pgJson.concurrency.poolWaitUs.p50).toBeGreaterThan(0);
    expect(connectionsInUseMax).toBeLessThanOrEqual(backendsMax);
    expect(await readdir(temporary)).toEqual([]);
  });

  it("is narrowed by pool-limit for a while, which is proven and undone", async () => {
    const chaos = ["--chaos", "pool-limit:max=1@500ms+1500ms"];
    const words = [...tiny, "--duration", "3s", "--think", "0", "--pool-max", "4"];
    const { ended, folder } = await run([...words, ...chaos, ...onK6]);
    expectCode(ended, 0);
    const { faults } = await runJsonIn(folder);
    expect(faults).toMatchObject([
      { effective: true, undone: true, parameters: { max: 1, via: "pgbouncer" } },
    ]);
    expect(faults[0]?.evidence).toContain("at most 1 busy sessions (limit 1)");
  });

  it("is no hold-up where the run ends who hangs, and who waits behind", async () => {
    const scenario = join(loadgen.folder, "hang.sql");
    await writeFile(scenario, "select pg_sleep(600)::text");
    const length = ["--duration", "1s", "--grace", "100ms", "--warmup", "0", "--think", "0"];
    const words = [scenario, "--sessions", "3", "--pool-max", "1", ...length];
    const { ended, folder } = await run([...words, ...onK6]);
    expectCode(ended, 97);
    const { verdict, operations } = await runJsonIn(folder);
    expect(operations.hang?.censored).toBe(3);
    // Each of them told so itself.
    expect(verdict.reasons.join()).not.toContain("left no result");
  });

  describe("at the server", () => {
    let database: FreshDatabase;
    beforeEach(async () => {
      database = await freshDatabase();
      await database.connection.script(
        "create table seen (name text, pid integer, read_only text, isolation text, lock text)",
      );
    });
    afterEach(() => database.drop());

    it("has each session's name and settings, on connections that begin read-only", async () => {
      const scenario = join(loadgen.folder, "look.sql");
      await writeFile(
        scenario,
        `insert into seen
        select current_setting('application_name'), pg_backend_pid(),
          current_setting('default_transaction_read_only'),
          current_setting('transaction_isolation'), current_setting('lock_timeout')`,
      );
      const { password } = database.address.clientConfig("test");
      const length = ["--sessions", "6", "--transactions", "5", "--warmup", "0", "--think", "0"];
      const settings = ["--pool-max", "2", "--isolation", "serializable", "--lock-timeout", "4s"];
      const place = ["--existing", "--url", database.address.display];
      const { ended } = await run([scenario, ...length, ...settings, ...place, ...onK6], {
        PGPASSWORD: String(password),
      });
      expectCode(ended, 0);
      const rows = await database.connection.query(
        `select name, count(*)::int4 as count, min(read_only) as least, max(read_only) as most,
          max(isolation) as isolation, max(lock) as lock
         from seen group by name order by name`,
      );
      const same = { count: 5, least: "on", most: "on", isolation: "serializable", lock: "4s" };
      expect(rows).toEqual(
        [0, 1, 2, 3, 4, 5].map((session) => ({ name: `loadgen/look/${session}`, ...same })),
      );
      const [row] = await database.connection.query(
        "select count(distinct pid)::int4 as pids from seen",
      );
      expect(row?.pids).toBeLessThanOrEqual(2);
    });
  });
});
