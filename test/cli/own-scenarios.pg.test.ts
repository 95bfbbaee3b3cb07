import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { dms } from "../../fixtures/dms/system.ts";
import { expectCode, Loadgen, runJsonIn, tinyFixture } from "../helpers/loadgen.ts";
import { type FreshDatabase, freshDatabase } from "../helpers/postgres.ts";

let loadgen: Loadgen;

beforeAll(async () => {
  loadgen = await Loadgen.prepared("server18");
});

afterAll(() => loadgen.remove());

/** With think time: a few transactions without are over before the generator's own start is. */
const short = ["--transactions", "5", "--warmup", "0", "--sessions", "3", "--think", "50ms"];

async function write(name: string, text: string): Promise<string> {
  await writeFile(join(loadgen.folder, name), text);
  return name;
}

/** As a user writes it, in a folder where nothing is installed. */
function source(system: "dms" | null, table: string): string {
  return `
    import { atomically, type Context, defaultRetry, defineScenario, queryOne, refuse, statement } from "loadgen";

    const count = statement("count-rows", "select count(*)::int4 as rows from ${table}");

    export const mine = defineScenario({
      name: "mine",
      summary: "counts rows",
      system: ${JSON.stringify(system)},
      operations: ["count"],
      defaults: { sessions: 2, thinkMs: [0, 0] },
      options: { least: { kind: "integer", min: 0, default: 0, help: "rows at least" } },
      retry: defaultRetry,
      thresholds: { aborted: ["count == 0"] },
      *prepare() {
        const { rows } = yield* queryOne(count);
        return Number(rows);
      },
      draw(random, rows, context) {
        return {
          operation: "count",
          inputs: [rows, random.below(1000)],
          *steps() {
            yield* atomically(context, function* () {
              const seen = yield* queryOne(count);
              if (Number(seen.rows) < (context.options.least ?? 0)) refuse("too-few", "too few rows");
            });
          },
        };
      },
    });`;
}

describe("a scenario of the user's own in TypeScript", () => {
  it("runs in an empty database if it needs no system, with its own options", async () => {
    const file = await write("plain.ts", source(null, "pg_class"));
    const run = await loadgen.run(file, ...short, "--least", "1");
    expectCode(run, 0);
    const result = await runJsonIn(run.folder);
    expect(result.plan).toMatchObject({ system: null, variant: null });
    expect(result.plan.scenario).toBe(join(loadgen.folder, file));
    expect(result.transactions.committed).toBe(15);
    expect(result.invariants).toEqual([]);
    expect(run.stdout).toContain("an empty database");
    expect(await loadgen.databases("loadgen_")).toEqual([]);
  });

  it("refuses what it read in the engine's own terms: counted, and not a bug", async () => {
    const file = await write("plain.ts", source(null, "pg_class"));
    const run = await loadgen.run(file, ...short, "--least", "1000000");
    expectCode(run, 97);
    const { operations } = await runJsonIn(run.folder);
    expect(operations.count?.errors).toEqual({ "too-few": 15 });
  });

  it("has the data of the system that it names", async () => {
    const file = await write("dms.ts", source("dms", "dms.Document"));
    const run = await loadgen.run(file, ...tinyFixture, ...short, "--least", "200");
    expectCode(run, 0);
    const result = await runJsonIn(run.folder);
    expect(result.plan).toMatchObject({ system: "dms", variant: "current" });
    const names = dms.invariants.map(({ name }) => name);
    expect(result.invariants.map(({ name }) => name)).toEqual(names);
  });

  it("is run again from its folder", async () => {
    const file = await write("plain.ts", source(null, "pg_class"));
    const first = await loadgen.run(file, ...short);
    const again = await loadgen.run("--repeat", first.folder);
    expectCode(again, 0);
    const [one, other] = await Promise.all([first, again].map(({ folder }) => runJsonIn(folder)));
    expect(other?.digest).toEqual(one?.digest);
  });

  it("ends with 2 and all of its problems, and with those of the command line", async () => {
    const text = source(null, "pg_class").replace('name: "mine"', 'name: "my own"');
    const file = await write(
      "wrong.ts",
      text.replace("attemptsMax", "").replace("sessions: 2", "sessions: 0"),
    );
    const run = await loadgen.run(file, "--sessions", "0");
    expectCode(run, 2);
    expect(run.stderr.trim().split("\n")).toEqual([
      expect.stringMatching(/--sessions: /),
      expect.stringMatching(/wrong\.ts: name: /),
      expect.stringMatching(/wrong\.ts: defaults\.sessions: /),
    ]);
  });

  it("ends with 2 if it needs a system that there is not", async () => {
    const file = await write("other.ts", source("dms", "x").replace('"dms"', '"tpcc"'));
    const run = await loadgen.run(file);
    expectCode(run, 2);
    expect(run.stderr).toContain('mine needs the system "tpcc": expected one of dms');
  });

  it("ends with 1 and says where if it has a bug, and leaves nothing behind", async () => {
    const text = source(null, "pg_class").replace('operation: "count",', "operation: rows.x.y,");
    const run = await loadgen.run(await write("buggy.ts", text), ...short);
    expectCode(run, 1);
    expect(run.stderr).toMatch(/^This is a bug, in loadgen or in a scenario of your own/);
    expect(run.stderr).toMatch(/TypeError: .*\n +at Object\.draw /);
    expect(existsSync(run.folder)).toBe(false);
    expect(await loadgen.databases("loadgen_run_")).toEqual([]);
  });

  it("ends with 3 if what it draws from cannot be read", async () => {
    const run = await loadgen.run(await write("gone.ts", source(null, "gone")));
    expectCode(run, 3);
    expect(run.stderr).toContain("the scenario cannot start");
    expect(run.stderr).toContain("42P01");
    expect(await loadgen.databases("loadgen_run_")).toEqual([]);
  });
});

describe("--existing", () => {
  let database: FreshDatabase;

  beforeEach(async () => {
    database = await freshDatabase();
    await database.connection.script(`
      create table account (id integer primary key, balance integer not null default 0);
      insert into account select generate_series(1, 100);
    `);
  });

  afterEach(() => database.drop());

  const transfer = `-- \\set from random(1, 100)
    -- \\set amount random(1, 10)
    begin;
    update account set balance = balance - :amount where id = :from;
    update account set balance = balance + :amount where id = 101 - :from;
    commit;`;

  async function objects(): Promise<unknown> {
    return database.connection.query(
      `select oid::int8::text, relname, relkind, relfilenode::int8::text, reloptions::text
         from pg_class order by oid`,
    );
  }

  function runThere(...words: readonly string[]) {
    const { password } = database.address.clientConfig("test");
    const url = ["--existing", "--url", database.address.display];
    return loadgen.startRun([...words, ...url], { PGPASSWORD: String(password) });
  }

  async function otherDatabases(): Promise<unknown> {
    return database.connection.query(
      "select count(*)::int4 as count from pg_database where starts_with(datname, 'loadgen_')",
    );
  }

  it("runs a .sql file in the database as it is: no clone, no DDL", async () => {
    const file = await write("transfer.sql", transfer);
    const before = { objects: await objects(), databases: await otherDatabases() };
    const { started, folder } = runThere(file, ...short);
    const ended = await started.ended;
    expectCode(ended, 0);
    expect({ objects: await objects(), databases: await otherDatabases() }).toEqual(before);
    const result = await runJsonIn(folder);
    expect(result.plan).toMatchObject({ system: null, variant: null, sessions: 3 });
    expect(result.operations.transfer?.count).toBe(15);
    expect(ended.stdout).toContain("the database as it is");
    // It did happen there, and each transaction as a whole.
    const [row] = await database.connection.query(
      `select sum(balance)::int4 as sum, pg_stat_get_db_xact_commit(d.oid)::int4 > 15 as busy
         from account, pg_database d where datname = current_database() group by d.oid`,
    );
    expect(row).toEqual({ sum: 0, busy: true });
  });

  it("runs a bundled scenario and a module there, too, without their system", async () => {
    const file = await write("mine.ts", source("dms", "account"));
    const { started, folder } = runThere(file, ...short, "--least", "100");
    expectCode(await started.ended, 0);
    expect((await runJsonIn(folder)).plan).toMatchObject({ system: null });
    const bundled = await runThere("concurrent", ...short).started.ended;
    expectCode(bundled, 3);
    expect(bundled.stderr).toContain("42P01");
  });

  it("keeps no ledger there, and says so where commits may be lost", async () => {
    const file = await write("look.sql", "select count(*)::int4 from account;");
    const length = ["--duration", "2s", "--warmup", "0", "--sessions", "2", "--think", "20ms"];
    const { started, folder } = runThere(file, ...length, "--chaos", "kill-backends@500ms");
    const { stdout } = await started.ended;
    expect(stdout).toContain("--existing keeps no ledger: lost commits are not checked");
    const { ledger, verdict } = await runJsonIn(folder);
    expect(ledger).toBeNull();
    if (verdict.exitCode === 0) expect(stdout).toContain("lost commits were NOT checked");
  });

  it("does not break a database that loadgen did not make, unless it is named", async () => {
    const file = await write("transfer.sql", transfer);
    const refused = await runThere(file, ...short, "--chaos", "autovacuum-pause").started.ended;
    expectCode(refused, 2);
    const { database: name } = database.address;
    expect(refused.stderr).toContain(`give --allow-chaos-on ${name} if you mean it`);
    const other = ["--chaos", "autovacuum-pause", "--allow-chaos-on", "postgres"];
    expectCode(await runThere(file, ...short, ...other).started.ended, 2);
  });
});
