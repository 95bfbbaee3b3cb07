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

/**
 * Two transactions of documents, two of aliases and five of references, each of one block at least; a
 * server of its own for each version, since it is killed, too.
 */
const size = ["--documents", "500", "--references", "20000", "--partitions", "2"];
const portions = ["--chunk", "1000"];

let loadgen: Loadgen;
let admin: Address;

function load(...words: readonly string[]): Started {
  return loadgen.start(["fixtures", "load", ...size, ...portions, ...words]);
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

interface Stopped {
  readonly name: string;
  /** That are in for good. */
  readonly rows: number;
  /** The backend that has loaded more than that, and waits to note it down. */
  readonly backend: number;
}

/**
 * Stops a loading that is under way in the middle of the first transaction that follows so many rows: it
 * waits for a lock of ours. Works until then, and ours ends, if not before, with what `during` does.
 */
async function stoppedAfter<T>(wanted: number, during: (at: Stopped) => Promise<T>): Promise<T> {
  let result: { readonly value: T } | null = null;
  await until(async () => {
    const name = await nameOf("loading");
    if (name === null) return false;
    // It may be being made at the moment, or our session be ended by whoever resumes.
    const locker = await Connection.open(admin.withDatabase(name), "test").catch(() => null);
    if (locker === null) return false;
    try {
      for (;;) {
        const at = await nextStep(locker, name).catch(() => null);
        if (at === null) return false;
        if (at.rows >= wanted) {
          result = { value: await during(at) };
          return true;
        }
        await locker.script("commit");
      }
    } finally {
      await locker.close().catch(() => undefined);
    }
  }, `${wanted} rows are loaded`);
  return result!.value;
}

/** Waits until the loading waits for us. Who waits already comes first, so that it gets on step by step. */
async function nextStep(locker: Connection, name: string): Promise<Stopped> {
  await locker.script("begin; lock table loadgen_loading.step in exclusive mode");
  let backend = 0;
  await until(async () => {
    const [row] = await locker.query(
      `select pid from pg_locks where relation = 'loadgen_loading.step'::regclass and not granted`,
    );
    backend = Number(row?.pid ?? 0);
    return backend > 1;
  }, "the loading has a step to note down");
  return { name, backend, rows: (await rowsLoaded(locker)) ?? 0 };
}

/** Of all columns of all rows, Ids among them, but for the time of loading; and where Ids go on. */
async function contentOf(template: string): Promise<unknown> {
  await cloneFixture(admin, template, "test_clone");
  const rows = await Connection.use(admin.withDatabase("test_clone"), "test", async (database) => [
    ...(await database.query(sum("document", "to_jsonb(r) - 'createdat' - 'lastmodifiedat'"))),
    ...(await database.query(sum("alias", "r"))),
    ...(await database.query(sum("reference", "r"))),
    ...(await database.query("select p::text from dms.payload as p order by name")),
    ...(await database.query(`select sum(pg_relation_size(oid))::float8 as bytes, count(*)::int4
      from pg_class where relname ~ '^reference_[0-9]+$'`)),
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

async function isUp(): Promise<boolean> {
  return Connection.use(admin, "test", () => Promise.resolve(true)).catch(() => false);
}

const packages = [[18, undefined] as const, [14, package14()] as const];

describe.each(packages)("a loading that is interrupted, on PostgreSQL %i", (version, programs) => {
  beforeAll(async () => {
    if (version === 14 && !hasServer14) return;
    loadgen = await Loadgen.prepared(`server${version}`);
    ({ address: admin } = await startEmbedded(loadgen.home, programs));
  });
  afterAll(() => loadgen.remove());

  it.skipIf(version === 14 && !hasServer14)(
    "comes to the same content after a kill of the client, of the server, and Ctrl-C",
    async () => {
      await loaded();
      const whole = await contentOf((await nameOf("fixture")) ?? "");
      await resetDatabases(admin);

      // Of documents and aliases 500 each: its transaction goes on without the client that is killed.
      const killed = load();
      const { name, rows } = await stoppedAfter(500, (at) => {
        killed.signal("SIGKILL");
        return killed.ended.then(() => at);
      });
      expect(rows).toBeLessThan(1_000);

      const interrupted = load("--resume");
      await stoppedAfter(5_000, async () => {
        interrupted.signal("SIGINT");
        await interrupted.ended;
      });
      const stopped = await interrupted.ended;
      expect(stopped.code).toBe(130);
      expect(stopped.stdout).toMatch(/going on where an .*: [\d ]+ rows are loaded/);
      expect(stopped.stdout).toMatch(/[\d ]+ rows are loaded and kept: the same with --resume/);

      // As the kernel does when memory is short: the server ends all sessions and recovers from its log.
      const crashed = load("--resume");
      const late = await stoppedAfter(10_000, async (at) => {
        process.kill(at.backend, "SIGKILL");
        await crashed.ended;
        return at;
      });
      expect(late.name).toBe(name);
      const down = await crashed.ended;
      expect(down.code).toBe(3);
      expect(down.stdout + down.stderr).toMatch(/--resume/);
      await until(isUp, "the server has recovered");

      const output = await loaded("--resume");
      expect(output.replaceAll(/(?<=\d) (?=\d)/g, "")).toContain(`: ${late.rows} rows are loaded`);
      expect(output).not.toContain("dms.document");
      expect(await contentOf((await nameOf("fixture")) ?? "")).toEqual(whole);
    },
  );

  it.skipIf(version === 14 && !hasServer14)(
    "is dropped without --resume, and told of; other content does not go on with it",
    async () => {
      await resetDatabases(admin);
      const killed = load("--mode", "sql");
      const { name } = await stoppedAfter(3_000, (at) => {
        killed.signal("SIGKILL");
        return killed.ended.then(() => at);
      });
      const small = ["--documents", "20", "--references", "200", "--resume"];
      const other = await loadgen.command("fixtures", "load", ...small);
      expect(other.stdout).toContain("no interrupted loading has left any of this content");
      expect(await nameOf("loading")).toBe(name);
      const again = load("--mode", "sql");
      await again.printed("rows, which are dropped: --resume would have gone on");
      await stoppedAfter(3_000, () => {
        again.signal("SIGKILL");
        return again.ended;
      });

      const output = await loaded("--mode", "sql", "--resume");
      expect(output).toMatch(/going on where an .*: \d/);
      expect(output).not.toContain("dms.document");
      const equal = await loadgen.command("fixtures", "verify", ...size);
      expect(equal.code, equal.stderr).toBe(0);
      expect(equal.stdout).toMatch(/dms\.reference +20 000 +[0-9a-f]{16} +equal/);
    },
  );
});
