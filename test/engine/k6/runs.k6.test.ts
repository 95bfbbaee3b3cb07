import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { decodeFromCompressedBase64 } from "hdr-histogram-js";
import { Connection } from "../../../src/server/connection.ts";
import { k6, loadgenOfTests, onK6 } from "../../helpers/k6-runs.ts";
import { expectCode, Loadgen, runJsonIn, tinyFixture } from "../../helpers/loadgen.ts";
import type { RunJson } from "../../helpers/run-schema.ts";

describe.skipIf(k6 === null)("a run on k6", () => {
  // Commits that wait for the disk: writers without a lock meet far more often.
  const loadgen = loadgenOfTests(() => Loadgen.fresh());

  async function judged(code: number, ...words: readonly string[]) {
    const run = await loadgen().run(...words);
    expectCode(run, code);
    return { ...run, result: await runJsonIn(run.folder) };
  }

  /** The same run on both engines. */
  async function onBoth(...words: readonly string[]) {
    const pg = await judged(0, ...words);
    return { pg, other: await judged(0, ...words, ...onK6) };
  }

  async function statementsIn(folder: string): Promise<Readonly<Record<string, number>>> {
    const run = JSON.parse(await readFile(join(folder, "run.json"), "utf8")) as {
      readonly statements: Readonly<Record<string, { readonly count: number }>>;
    };
    return Object.fromEntries(
      Object.entries(run.statements).map(([name, { count }]) => [name, count]),
    );
  }

  function countsOf({ digest, transactions, operations, thresholds, invariants }: RunJson) {
    const { committed, aborted, unknown, retries } = transactions;
    return {
      digest,
      transactions: { committed, aborted, unknown, retries },
      operations: Object.entries(operations).map(([name, { count, failed, attempts }]) => ({
        name,
        count,
        failed: failed.count,
        attempts: attempts.count,
      })),
      thresholds: thresholds.map(({ expression, ok }) => ({ expression, ok })),
      invariants: invariants.map(({ name, ok, evidence }) => ({ name, ok, evidence })),
    };
  }

  /** What latency.hlog has of committed work: how many values, over all intervals. */
  async function loggedIn(folder: string): Promise<number> {
    const lines = (await readFile(join(folder, "latency.hlog"), "utf8")).split("\n");
    return lines
      .filter((line) => /^Tag=[^,]*committed/.test(line))
      .map((line) => decodeFromCompressedBase64(String(line.split(",").at(-1))).totalCount)
      .reduce((sum, count) => sum + count, 0);
  }

  it("comes to the same run.json as on pg, is repeated from its folder, and on pg again", async () => {
    const words = ["concurrent", ...tinyFixture, "--sessions", "3", "--transactions", "6"];
    const { pg, other } = await onBoth(...words, "--warmup", "200ms", "--think", "0", "--ledger");
    // Its evidence counts what the warm-up wrote, too, which has no set number.
    const without = (counts: ReturnType<typeof countsOf>) => ({
      ...counts,
      invariants: counts.invariants.map(({ name, ok }) => ({ name, ok })),
    });
    expect(without(countsOf(other.result))).toEqual(without(countsOf(pg.result)));
    expect(other.result.transactions.committed).toBe(18);
    expect(await statementsIn(other.folder)).toEqual(await statementsIn(pg.folder));
    const { ledger, transactions, generator } = other.result;
    expect(ledger).toMatchObject({ lost: 0, doubled: 0, refusedButThere: 0, unplanned: 0 });
    expect(ledger?.acknowledged).toBe(18 + transactions.warmup.committed);
    expect(await loggedIn(other.folder)).toBe(18);

    expect(other.result.engine).toMatchObject({ name: "k6", clock: /wall clock/ });
    expect(pg.result.engine).toMatchObject({
      name: "pg",
      protocol: "extended, named prepared statements",
    });
    expect(other.stdout).toMatch(/^ {2}engine {6}k6 \(k6 v[\d.]+, xk6-sql v[\d.]+\)$/m);
    expect(other.stdout).toContain("Engine k6: k6 v");
    expect(await readFile(join(other.folder, "summary.md"), "utf8")).toContain("- Engine k6: k6 v");
    expect(generator.rssBytesMax).toBeGreaterThan(20_000_000);

    const again = await judged(0, "--repeat", other.folder);
    expect(again.result.plan.engine).toBe("k6");
    expect(again.result.digest).toEqual(pg.result.digest);
    const onPg = await judged(0, "--repeat", other.folder, "--engine", "pg");
    expect(onPg.result.engine.name).toBe("pg");
    expect(onPg.result.digest).toEqual(pg.result.digest);
    const plan = JSON.parse(await readFile(join(onPg.folder, "plan.json"), "utf8")) as object;
    expect(plan).toMatchObject({ engine: "pg", k6: null });
  });

  it("retries what fails for want of an order, and comes to the same data", async () => {
    const hot = ["concurrent", ...tinyFixture, "--hot", "2", "--sessions", "4", "--think", "0"];
    const length = ["--transactions", "10", "--warmup", "0", "--ledger"];
    const { result } = await judged(0, ...hot, ...length, "--isolation", "serializable", ...onK6);
    const { transactions, operations } = result;
    expect(transactions.committed).toBe(40);
    expect(transactions.retries).toBeGreaterThan(0);
    const { attempts, errors, count } = operations["replace-references"]!;
    expect(attempts.count).toBe(count + attempts.failed);
    expect(attempts.failed).toBe(transactions.retries);
    expect(errors["40001"] ?? 0).toBeGreaterThan(0);
  });

  it("finds out writers that do not lock", async () => {
    const hot = ["concurrent", ...tinyFixture, "--hot", "2", "--sessions", "6", "--think", "0"];
    const length = ["--duration", "2s", "--warmup", "0"];
    const { result } = await judged(96, ...hot, ...length, "--unlocked", ...onK6);
    expect(result.verdict.reasons[0]).toMatch(
      /document \d+ holds \d+ references: all \d+ of session \d's transaction \d+ and all \d+ of session \d's transaction \d+/,
    );
  });

  const script = `-- \\set from random(1, 100)
    -- \\set amount random(1, 10)
    begin; -- a comment's; semicolon
    update account set balance = balance - :amount where id = :from;
    update account set balance = balance + :amount where id = 101 - :from;
    /* nor /* this */ one; */ select 'a;b' as text, ':from' as name, 1::int4 as number;
    commit;`;

  const module = (types: boolean) => `
    import { atomically, defaultRetry, defineScenario, queryOne, statement } from "loadgen";
    const count = statement("count-rows", "select count(*)::int4 as rows from account");
    export const mine = defineScenario({
      name: "mine",
      summary: "counts rows",
      system: null,
      operations: ["count"],
      defaults: { sessions: 2, thinkMs: [0, 0] },
      options: { least: { kind: "integer", min: 0, default: 0, help: "rows at least" } },
      retry: defaultRetry,
      thresholds: { aborted: ["count == 0"] },
      *prepare() {
        const { rows } = yield* queryOne(count);
        return { rows: Number(rows), long: Array.from({ length: 100 }, (_, at) => ({ at })) };
      },
      draw(random, world, context) {
        const one = world.long[random.below(100)];
        return {
          operation: "count",
          inputs: [world.rows, one${types ? "!" : ""}.at, random.below(1000)],
          *steps() { yield* atomically(context, function* () { yield* queryOne(count); }); },
        };
      },
    });`;

  it("has scenarios of the user's own in SQL, TypeScript and JavaScript, in a database as it is", async () => {
    const server = await loadgen().server();
    const address = server.withDatabase("accounts");
    await Connection.use(server, "loadgen/test", (one) => one.query("create database accounts"));
    await Connection.use(address, "loadgen/test", (one) =>
      one.script(`
        create table account (id integer primary key, balance integer not null default 0);
        insert into account select generate_series(1, 100);
      `),
    );
    const url = new URL(address.display);
    url.password = String(address.clientConfig("test").password);
    const there = ["--existing", "--url", url.href, "--sessions", "3", "--warmup", "0"];
    for (const [name, text] of [
      ["transfer.sql", script],
      ["mine.ts", module(true)],
      ["mine.js", module(false)],
    ] as const) {
      await writeFile(join(loadgen().folder, name), text);
      const { pg, other } = await onBoth(name, ...there, "--transactions", "5");
      expect(countsOf(other.result)).toEqual(countsOf(pg.result));
      expect(other.result.transactions.committed).toBe(15);
      expect(await statementsIn(other.folder)).toEqual(await statementsIn(pg.folder));
      expect(other.stdout + other.stderr).not.toContain(url.password);
    }
    const [row] = await Connection.use(address, "loadgen/test", (one) =>
      one.query(
        "select sum(balance)::int4 as sum, count(*) filter (where balance <> 0)::int4 > 0 as moved from account",
      ),
    );
    expect(row).toEqual({ sum: 0, moved: true });
  });
});
