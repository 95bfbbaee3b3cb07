/** Runners of k6 whose sessions share the connections of a PgBouncer. */
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { pgbouncerProgram } from "../../src/faults/pgbouncer.ts";
import { Pgbouncer } from "../../src/server/pgbouncer.ts";
import { runRunners } from "../helpers/k6-runners.ts";
import { expectCode, Loadgen, tinyFixture } from "../helpers/loadgen.ts";

const k6 = inject("k6");
const program = pgbouncerProgram();
if (program === null) {
  console.warn(
    "left out: runners behind a pooler, which need a PgBouncer (apt-get install pgbouncer)",
  );
}

let loadgen: Loadgen;

beforeAll(async () => {
  loadgen = await Loadgen.prepared();
});

afterAll(() => loadgen.remove());

interface Collected {
  readonly verdict: { readonly reasons: readonly string[] };
  readonly transactions: { readonly committed: number };
  readonly concurrency: { readonly poolWaitUs: { readonly p50: number | null } };
}

describe.runIf(k6 !== null && program !== null)("a run on many machines behind a pooler", () => {
  const pooled = ["--sessions", "4", "--transactions", "3", "--warmup", "0", "--think", "0"];

  /** Of a run by two runners, whose pooler's connections begin with `settings`. */
  async function through(name: string, settings: readonly string[]) {
    const words = ["point-read", ...tinyFixture, ...pooled, "--parallelism", "2", "--out", name];
    expectCode(await loadgen.command("k6", "export", ...words), 0);
    const prepared = await loadgen.command("k6", "prepare", name, "--pooled", "2");
    expectCode(prepared, 0);
    const database = /prepared (\S+)/.exec(prepared.stdout)?.[1] ?? "";
    const behind = (await loadgen.server()).withDatabase(database);
    const bouncer = await Pgbouncer.start({
      program: String(program),
      behind,
      poolSize: 2,
      clients: 10,
      settings,
    });
    const folder = join(loadgen.folder, name);
    const { address } = bouncer;
    try {
      await runRunners(folder, { k6: String(k6), address, count: 2 });
    } finally {
      await bouncer.close();
    }
    const lines = ["--lines", join(folder, "lines")];
    const ended = await loadgen.command("k6", "collect", name, ...lines, "--json");
    return { ended, result: JSON.parse(ended.stdout || "null") as Collected };
  }

  it("knows that nobody knows how long a session waits there", async () => {
    const { ended, result } = await through("pooled", ["set default_transaction_read_only = on"]);
    expectCode(ended, 0);
    expect(result.transactions.committed).toBe(12);
    expect(result.concurrency.poolWaitUs.p50).toBeNull();
  });

  it("works on no connection that begins by writing", async () => {
    const { ended, result } = await through("unread", []);
    expectCode(ended, 97);
    const reasons = result.verdict.reasons.join("\n");
    expect(reasons).toMatch(
      /session 0 could not connect: expected .*read_only = on.*, and it is off/,
    );
    expect(reasons).toContain("4 of 4 sessions left no result");
    expect(reasons).not.toContain("bug");
  });
});
