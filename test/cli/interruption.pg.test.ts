import { existsSync } from "node:fs";
import { readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Row } from "../../src/core/step.ts";
import { Connection } from "../../src/server/connection.ts";
import { acquireRunLock } from "../../src/server/run-lock.ts";
import type { Address } from "../../src/server/address.ts";
import { expectCode, Loadgen, runJsonIn, tinyFixture } from "../helpers/loadgen.ts";

let loadgen: Loadgen;
let server: Address;

beforeAll(async () => {
  loadgen = await Loadgen.prepared();
  server = await loadgen.server();
  expectCode(await loadgen.command("fixtures", "load", ...tinyFixture), 0);
});

afterEach(async () => {
  loadgen.killAll();
  for (const name of await loadgen.databases("loadgen_run_")) {
    await query(server.database, `drop database ${name} with (force)`);
  }
});

afterAll(() => loadgen.remove());

function query(database: string, sql: string): Promise<readonly Row[]> {
  return Connection.use(server.withDatabase(database), "loadgen/test", (connection) =>
    connection.query(sql),
  );
}

/** Of every table and toast table, by name; the options as a set. */
async function optionsIn(database: string): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  const rows = await query(
    database,
    `select coalesce('toast of ' || owner.oid::regclass, c.oid::regclass::text) as name,
            coalesce(array_to_json(c.reloptions)::text, '[]') as options
       from pg_class c
       left join pg_class owner on owner.reltoastrelid = c.oid
      where c.relkind in ('r', 'p', 't') and c.relnamespace <> 'pg_catalog'::regnamespace
        and coalesce(owner.relnamespace, c.relnamespace)::regnamespace::text
            not in ('pg_catalog', 'information_schema')`,
  );
  return new Map(
    rows.map((row) => [String(row.name), new Set(JSON.parse(String(row.options)) as string[])]),
  );
}

/** How many tables and toast tables autovacuum leaves alone. */
async function pausedIn(database: string): Promise<number> {
  const options = await optionsIn(database);
  return [...options.values()].filter((set) => set.has("autovacuum_enabled=false")).length;
}

async function runDatabase(): Promise<string> {
  const [name, ...others] = await loadgen.databases("loadgen_run_");
  if (name === undefined || others.length > 0)
    throw new Error(`${others.length + 1} run databases`);
  return name;
}

/** What every run of the fixture begins with: another copy of it. */
async function referenceOptions(): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  const [fixture] = await loadgen.databases("loadgen_dms_");
  await query(server.database, `create database reference template ${fixture ?? "missing"}`);
  try {
    return await optionsIn("reference");
  } finally {
    await query(server.database, "drop database reference with (force)");
  }
}

const inForce = "fault in force: autovacuum-pause";

/** Runs on a clone, and is waited for until the fault is there in the measured time. */
async function runWithFault(...words: readonly string[]) {
  const chaos = ["--duration", "10m", "--warmup", "0", "--chaos", "autovacuum-pause@500ms"];
  const run = loadgen.startRun([
    "concurrent",
    ...tinyFixture,
    "--sessions",
    "2",
    ...chaos,
    ...words,
  ]);
  await run.started.printed(inForce);
  return run;
}

describe("SIGINT in the measured time", () => {
  it("ends with 130, once the faults are undone and what was measured is written", async () => {
    const { started, folder } = await runWithFault("--keep");
    const database = await runDatabase();
    expect(await pausedIn(database)).toBeGreaterThan(48);
    started.signal("SIGINT");
    const ended = await started.ended;
    expectCode(ended, 130);
    expect(await optionsIn(database)).toEqual(await referenceOptions());
    const result = await runJsonIn(folder);
    expect(result.verdict).toMatchObject({ status: "unknown", exitCode: 130 });
    expect(result.verdict.reasons[0]).toMatch(
      /^stopped by SIGINT after [\d.]+ s of measured time$/,
    );
    expect(result.faults).toMatchObject([{ name: "autovacuum-pause", undone: true }]);
    expect(result.windows.map(({ name }) => name)).toEqual(["baseline", "fault"]);
    expect(await readdir(folder)).toContain("summary.md");
    expect(ended.stdout).toContain(`kept the database ${database}`);
    expect(await readdir(join(loadgen.home, "journal"))).toEqual([]);
    expectCode(await loadgen.command("chaos", "restore"), 0);
  });
});

describe("SIGINT before anything is measured", () => {
  it("ends with 130 and leaves neither folder nor database", async () => {
    const signal = new AbortController().signal;
    const lock = await acquireRunLock(server, {
      signal,
      onWaiting: () => undefined,
      comesBack: () => Promise.resolve(false),
    });
    try {
      const { started, folder } = loadgen.startRun(["concurrent", ...tinyFixture]);
      await started.printed("waiting for another run");
      started.signal("SIGINT");
      const ended = await started.ended;
      expectCode(ended, 130);
      expect(ended.stderr).toBe("loadgen: stopped by SIGINT before anything was measured\n");
      expect(existsSync(folder)).toBe(false);
      expect(await loadgen.databases("loadgen_run_")).toEqual([]);
    } finally {
      await lock.release();
    }
  });
});

describe("kill -9 in the middle of a fault", () => {
  it("leaves the clone as it was then, until chaos restore puts it back", async () => {
    const { started, folder } = await runWithFault();
    const database = await runDatabase();
    started.signal("SIGKILL");
    expectCode(await started.ended, null);
    expect(await pausedIn(database)).toBeGreaterThan(48);
    expect(existsSync(join(folder, "run.json"))).toBe(false);

    const doctor = await loadgen.command("doctor");
    expectCode(doctor, 3);
    expect(doctor.stdout).toContain(`faults left behind: autovacuum-pause in ${database}`);

    const restore = await loadgen.command("chaos", "restore");
    expectCode(restore, 0);
    expect(restore.stdout).toMatch(
      new RegExp(`^autovacuum-pause \\(injected .*\\): undone in the database ${database}\n$`),
    );
    expect(await optionsIn(database)).toEqual(await referenceOptions());
    expect(await readdir(join(loadgen.home, "journal"))).toEqual([]);

    const again = await loadgen.command("chaos", "restore");
    expectCode(again, 0);
    expect(again.stdout).toBe("nothing is left to undo\n");
  });

  it("is undone by the next run, even if the disk that knew of it is gone", async () => {
    const { started } = await runWithFault();
    const database = await runDatabase();
    started.signal("SIGKILL");
    await started.ended;
    const journal = join(loadgen.home, "journal");
    expect(await readdir(journal)).toHaveLength(1);
    await rm(journal, { recursive: true });
    const next = await loadgen.run(
      "concurrent",
      ...tinyFixture,
      "--transactions",
      "1",
      "--warmup",
      "0",
    );
    expectCode(next, 0);
    expect(next.stdout).toMatch(
      new RegExp(`! autovacuum-pause, left behind by .*: undone in the database ${database}\n`),
    );
    expect(await optionsIn(database)).toEqual(await referenceOptions());
  });
});

describe("a database of the user's own", () => {
  const own = "own";
  let url: string[];

  beforeEach(async () => {
    await query(server.database, `create database ${own} template template0`);
    url = ["--url", server.withDatabase(own).display];
    await Connection.use(server.withDatabase(own), "loadgen/test", (connection) =>
      connection.script(`
        create table plain (id integer, note text);
        create table tuned (id integer, note text) with (
          fillfactor = 70, autovacuum_enabled = true, autovacuum_vacuum_threshold = 10,
          toast.autovacuum_enabled = false, toast.autovacuum_vacuum_threshold = 20
        );
        create table parted (id integer, note text) partition by hash (id);
        create table parted_0 partition of parted for values with (modulus 2, remainder 0)
          with (autovacuum_enabled = false);
        create table parted_1 partition of parted for values with (modulus 2, remainder 1);
        create table "Weird ""name""" (id integer);
      `),
    );
    await writeFile(
      join(loadgen.folder, "insert.sql"),
      "-- \\set id random(1, 1000)\ninsert into plain values (:id, 'x');\n",
    );
  });

  afterEach(() => query(server.database, `drop database ${own} with (force)`));

  function startThere(...words: readonly string[]) {
    const chaos = ["--existing", "--allow-chaos-on", own, "--chaos", "autovacuum-pause@500ms"];
    const length = ["--duration", "10m", "--warmup", "0", ...words];
    return loadgen.startRun(["insert.sql", ...url, ...chaos, ...length], password());
  }

  function password(): Readonly<Record<string, string>> {
    return { PGPASSWORD: String(server.clientConfig("test").password) };
  }

  function restore() {
    return loadgen.start(["chaos", "restore", ...url], password()).ended;
  }

  it("is as it was before after SIGTERM, and keeps nothing of loadgen's", async () => {
    const before = await optionsIn(own);
    expect(before.get("tuned")?.size).toBe(3);
    const { started, folder } = startThere();
    await started.printed(inForce);
    // All but the partitioned parent, which has no storage: five tables and the toast tables of four.
    expect(await pausedIn(own)).toBe(9);
    started.signal("SIGTERM");
    expectCode(await started.ended, 143);
    expect(await optionsIn(own)).toEqual(before);
    expect(await query(own, "select to_regnamespace('loadgen')::text as name")).toEqual([
      { name: null },
    ]);
    const { verdict, faults, transactions } = await runJsonIn(folder);
    expect(verdict).toMatchObject({ status: "unknown", exitCode: 143 });
    expect(faults).toMatchObject([{ undone: true }]);
    expect(transactions.committed).toBeGreaterThan(0);
  });

  it("is as it was before, though the connection of the faults was ended meanwhile", async () => {
    const before = await optionsIn(own);
    const { started } = startThere();
    await started.printed(inForce);
    const ended = await query(
      own,
      "select pg_terminate_backend(pid) as ended from pg_stat_activity where application_name = 'loadgen/chaos'",
    );
    expect(ended).toEqual([{ ended: true }]);
    started.signal("SIGINT");
    expectCode(await started.ended, 130);
    expect(await optionsIn(own)).toEqual(before);
  });

  it("is as it was before after kill -9 and chaos restore", async () => {
    const before = await optionsIn(own);
    const { started } = startThere();
    await started.printed(inForce);
    started.signal("SIGKILL");
    await started.ended;
    expect(await pausedIn(own)).toBe(9);
    expectCode(await restore(), 0);
    expect(await optionsIn(own)).toEqual(before);
  });

  it("ends with 94 if it cannot be put back, and says what is left and what to do", async () => {
    const before = await optionsIn(own);
    const { started, folder } = startThere();
    await started.printed(inForce);
    // Not even a superuser gets past this one.
    await Connection.use(server.withDatabase(own), "loadgen/test", (connection) =>
      connection.script(`
        create function refuse() returns event_trigger language plpgsql
          as $$ begin raise exception 'no DDL today'; end $$;
        create event trigger no_ddl on ddl_command_start when tag in ('ALTER TABLE')
          execute function refuse();
      `),
    );
    started.signal("SIGINT");
    const ended = await started.ended;
    expectCode(ended, 94);
    const { verdict, faults } = await runJsonIn(folder);
    expect(verdict).toMatchObject({ status: "fail", exitCode: 94 });
    expect(faults).toMatchObject([{ undone: false }]);
    expect(verdict.reasons).toEqual([
      expect.stringMatching(
        /^the fault autovacuum-pause@500ms could not be undone: .*no DDL today.*by hand: alter table .*reset \(autovacuum_enabled\);.* loadgen chaos restore --url postgresql:\S+$/,
      ),
      expect.stringMatching(/^stopped by SIGINT/),
    ]);

    const failed = await restore();
    expectCode(failed, 94);
    expect(failed.stdout).toMatch(/NOT undone: .*no DDL today/);

    // Nor is anything measured on what is still broken.
    const next = startThere();
    const refused = await next.started.ended;
    expectCode(refused, 94);
    expect(refused.stderr).toMatch(/autovacuum-pause, left behind by .* in own, .*no DDL today/);
    expect(refused.stderr).toContain("then run loadgen chaos restore --url postgresql://");
    expect(existsSync(join(next.folder, "run.json"))).toBe(false);

    await query(own, "drop event trigger no_ddl");
    const restored = await restore();
    expectCode(restored, 0);
    expect(restored.stdout).toContain(`undone in the database ${own}`);
    expect(await optionsIn(own)).toEqual(before);
    expect(await readdir(join(loadgen.home, "journal"))).toEqual([]);
  });
});
