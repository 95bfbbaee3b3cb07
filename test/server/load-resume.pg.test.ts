import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Connection } from "../../src/server/connection.ts";
import { listLoadgenDatabases } from "../../src/server/database-mark.ts";
import { cloneFixture, resetDatabases } from "../../src/server/databases.ts";
import type { Address } from "../../src/server/address.ts";
import { startEmbedded } from "../../src/server/embedded.ts";
import { rowsLoaded } from "../../src/server/load-journal.ts";
import { Loadgen, type Started } from "../helpers/loadgen.ts";
import { hasServer14, package14 } from "../helpers/postgresql-14.ts";
import { until } from "../helpers/postgres.ts";

/** Three transactions of references; a server of its own for each, since it is killed, too. */
const size = ["--documents", "300", "--references", "600000", "--partitions", "2"];

let loadgen: Loadgen;
let admin: Address;

function load(...words: readonly string[]): Started {
  return loadgen.start(["fixtures", "load", ...size, ...words]);
}

async function loaded(...words: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await load(...words).ended;
  expect(code, stderr).toBe(0);
  return stdout;
}

/** Of the only database of the kind; null if there is none. */
async function nameOf(kind: "loading" | "fixture"): Promise<string | null> {
  const found = (await listLoadgenDatabases(admin)).filter(({ mark }) => mark?.kind === kind);
  expect(found.length).toBeLessThanOrEqual(1);
  return found[0]?.name ?? null;
}

/** Waits until so many rows are in for good while the loading goes on; returns the database's name. */
async function hasLoaded(wanted: number): Promise<string> {
  let name: string | null = null;
  await until(async () => {
    name = await nameOf("loading");
    if (name === null) return false;
    // It may be being made or marked at the moment.
    const rows = await Connection.use(admin.withDatabase(name), "test", rowsLoaded).catch(() => 0);
    return (rows ?? 0) >= wanted;
  }, `${wanted} rows are loaded`);
  return String(name);
}

/** Of all columns of all rows, Ids among them, but for the time of loading; and where Ids go on. */
async function contentOf(template: string): Promise<unknown> {
  await cloneFixture(admin, template, "test_clone");
  const rows = await Connection.use(admin.withDatabase("test_clone"), "test", async (database) => [
    ...(await database.query(sum("document", "to_jsonb(r) - 'createdat' - 'lastmodifiedat'"))),
    ...(await database.query(sum("alias", "r"))),
    ...(await database.query(sum("reference", "r"))),
    ...(await database.query("select p::text from dms.payload as p order by name")),
    ...(await database.query("select sequencename::text, last_value::text from pg_sequences")),
    ...(await database.query("select nspname::text from pg_namespace order by 1")),
    ...(await database.query(
      "select indexname::text from pg_indexes where schemaname = 'dms' order by 1",
    )),
    ...(await database.query("select conname::text from pg_constraint order by 1")),
  ]);
  await Connection.use(admin, "test", (it) => it.script("drop database test_clone with (force)"));
  return rows;
}

function sum(table: string, text: string): string {
  return `select count(*)::int4, sum(hashtextextended((${text})::text, 0))::text as sum,
                 max(Id)::text as last
            from dms.${table} as r`;
}

/** As the kernel does when memory is short: the server ends all sessions and recovers from its log. */
async function killLoader(name: string): Promise<void> {
  await Connection.use(admin, "test", async (it) => {
    const [row] = await it.query(
      "select pid from pg_stat_activity where datname = $1 and state <> 'idle' limit 1",
      [name],
    );
    const pid = Number(row?.pid);
    expect(pid).toBeGreaterThan(1);
    process.kill(pid, "SIGKILL");
  });
}

async function isUp(): Promise<boolean> {
  return Connection.use(admin, "test", () => Promise.resolve(true)).catch(() => false);
}

const packages = [["18", undefined] as const, ["14", package14()] as const];

describe.each(packages)("a loading that is interrupted, on PostgreSQL %s", (version, programs) => {
  beforeAll(async () => {
    if (version === "14" && !hasServer14) return;
    loadgen = await Loadgen.fresh();
    ({ address: admin } = await startEmbedded(loadgen.home, programs));
  });
  afterAll(() => loadgen.remove());

  it.skipIf(version === "14" && !hasServer14)(
    "comes to the same content after a kill of the client, of the server, and Ctrl-C",
    async () => {
      await loaded();
      const whole = await contentOf((await nameOf("fixture")) ?? "");
      await resetDatabases(admin);

      // 600 rows of documents and aliases, and one transaction of references.
      const killed = load();
      const name = await hasLoaded(250_600);
      killed.signal("SIGKILL");
      await killed.ended;

      const interrupted = load("--resume");
      await interrupted.printed("dms.reference");
      interrupted.signal("SIGINT");
      const stopped = await interrupted.ended;
      expect(stopped.code).toBe(130);
      expect(stopped.stdout).toMatch(/going on where an .*: 25\d \d+ rows are loaded/);
      expect(stopped.stdout).toMatch(/\d+ rows are loaded and kept: the same with --resume/);

      const crashed = load("--resume");
      await hasLoaded(500_600);
      await killLoader(name);
      const down = await crashed.ended;
      expect(down.code).toBe(3);
      expect(down.stdout + down.stderr).toMatch(/--resume/);
      await until(isUp, "the server has recovered");

      const output = await loaded("--resume");
      expect(output).toMatch(/going on where an .*: (50\d|60\d) \d+ rows are loaded/);
      expect(output).not.toContain("dms.document");
      expect(await contentOf((await nameOf("fixture")) ?? "")).toEqual(whole);
    },
  );

  it.skipIf(version === "14" && !hasServer14)(
    "is dropped without --resume, and told of; other content does not go on with it",
    async () => {
      await until(isUp, "the server has recovered");
      await resetDatabases(admin);
      const killed = load();
      const name = await hasLoaded(600);
      killed.signal("SIGKILL");
      await killed.ended;
      const small = ["--documents", "20", "--references", "200", "--resume"];
      const other = await loadgen.command("fixtures", "load", ...small);
      expect(other.stdout).toContain("no interrupted loading has left any of this content");
      expect(await nameOf("loading")).toBe(name);
      const again = load();
      await again.printed("rows, which are dropped: --resume would have gone on");
      again.signal("SIGTERM");
      expect((await again.ended).code).toBe(143);
    },
  );
});
