import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type EndedRun, expectCode, Loadgen, runJsonIn } from "../helpers/loadgen.ts";
import type { RunJson } from "../helpers/run-schema.ts";

let loadgen: Loadgen;

beforeAll(async () => {
  // From nothing: with commits that wait for the disk, writers without a lock meet far more often.
  loadgen = await Loadgen.fresh();
});

afterAll(() => loadgen.remove());

/** As small as batch-1000 and cross-partition allow. */
const fixture = ["--documents", "1000", "--references", "2000"];

/** What is wrong is known after a second; what is printed must be what is stored. */
async function judged(code: number, ...words: readonly string[]): Promise<RunJson> {
  const run = await loadgen.run(...words, "--duration", "2s", "--warmup", "0");
  expectCode(run, code);
  return agreeing(run);
}

async function agreeing(run: EndedRun): Promise<RunJson> {
  const result = await runJsonIn(run.folder);
  expect(result.verdict.exitCode).toBe(run.code);
  const { status, reasons } = result.verdict;
  const [first = "", ...others] = reasons;
  expect(run.stdout).toContain(`${status.toUpperCase()} (exit code ${run.code}): ${first}`);
  for (const reason of others) expect(run.stdout).toContain(`  and ${reason}`);
  expect(existsSync(join(run.folder, "summary.md"))).toBe(true);
  return result;
}

describe("every bundled scenario", () => {
  it.each([
    ["single-document", ["replace-references"]],
    ["cross-partition", ["replace-across-partitions"]],
    ["mixed", ["read-document", "replace-references"]],
  ])("%s runs and leaves sound data behind", async (scenario, operations) => {
    const words = [scenario, ...fixture, "--sessions", "2", "--think", "0"];
    const { transactions, operations: seen, invariants } = await judged(0, ...words);
    expect(transactions.committed).toBeGreaterThan(0);
    expect(Object.keys(seen)).toEqual(expect.arrayContaining(operations));
    expect(invariants.every(({ ok }) => ok)).toBe(true);
  });

  it("batch-1000 replaces a whole batch in one transaction", async () => {
    const run = await loadgen.run(
      ...["batch-1000", ...fixture],
      ...["--transactions", "1", "--warmup", "0", "--timeout", "10m", "--statement-timeout", "0"],
    );
    expectCode(run, 0);
    const { transactions, operations } = await agreeing(run);
    expect(transactions).toMatchObject({ committed: 1, aborted: 0 });
    expect(Object.keys(operations)).toEqual(["replace-batch"]);
  });
});

describe("exit code 93", () => {
  it("is that of a percentile which the sample cannot support", async () => {
    const file = join(loadgen.folder, "rare.yaml");
    await writeFile(file, 'latency: ["p(99.99) < 1000s"]\n');
    const words = ["concurrent", ...fixture, "--sessions", "2", "--thresholds", file];
    const { verdict, thresholds } = await judged(93, ...words);
    expect(verdict.status).toBe("unknown");
    expect(verdict.reasons).toEqual([expect.stringMatching(/^latency: p\(99\.99\) < 1000s/)]);
    expect(thresholds).toContainEqual(expect.objectContaining({ actual: null, ok: false }));
  });
});

describe("exit code 95", () => {
  it("is that of a limit which nobody felt", async () => {
    const words = ["--sessions", "4", "--think", "0", "--chaos", "pool-limit:max=100"];
    const { verdict, faults } = await judged(95, "concurrent", ...fixture, ...words);
    expect(verdict.status).toBe("invalid");
    expect(verdict.reasons).toEqual([
      expect.stringMatching(/^the fault pool-limit:max=100 took no effect: .*limit 100/),
    ]);
    expect(faults).toMatchObject([{ name: "pool-limit", effective: false, undone: true }]);
  });
});

describe("exit code 96", () => {
  it("is that of a broken invariant, whose database is kept and named", async () => {
    const words = ["--unlocked", "--sessions", "8", "--think", "0"];
    const { verdict, invariants, keptDatabase } = await judged(
      96,
      ...["single-document", ...fixture, ...words],
    );
    expect(verdict.status).toBe("fail");
    expect(verdict.reasons).toContainEqual(
      expect.stringMatching(/^the invariant no-doubled-reference is broken: /),
    );
    expect(invariants).toContainEqual(
      expect.objectContaining({ name: "no-doubled-reference", ok: false }),
    );
    expect(await loadgen.databases("loadgen_run_")).toEqual([keptDatabase]);
    const reset = await loadgen.command("db", "reset");
    expectCode(reset, 0);
    expect(reset.stdout).toContain(`\n  ${keptDatabase}\n`);
    expect(await loadgen.databases("loadgen_")).toEqual([]);
  });
});

describe("exit code 97", () => {
  it("is that of a run in which nothing commits, with the most frequent error", async () => {
    await writeFile(join(loadgen.folder, "zero.sql"), "select 1 / 0;\n");
    const { verdict, transactions, operations } = await judged(97, "zero.sql");
    expect(verdict.status).toBe("invalid");
    expect(verdict.reasons[0]).toMatch(
      /^none of [\d ]+ transactions committed; the most frequent error is 22012 \([\d ]+ times: division by zero\)$/,
    );
    expect(transactions.committed).toBe(0);
    const { failed, errors } = operations.zero!;
    expect(errors).toEqual({ "22012": failed.count });
    expect(failed.count).toBe(transactions.aborted);
  });
});

describe("exit code 99", () => {
  it("is that of a threshold that fails, and says what it was", async () => {
    const file = join(loadgen.folder, "strict.yaml");
    await writeFile(file, 'latency:\n  - "max < 1us"\ncommitted: ["count > 0"]\n');
    const words = ["concurrent", ...fixture, "--sessions", "2", "--thresholds", file];
    const { verdict, thresholds } = await judged(99, ...words);
    expect(verdict.status).toBe("fail");
    expect(verdict.reasons).toEqual([
      expect.stringMatching(/^latency: max < 1us does not hold: it was \d+us$/),
    ]);
    expect(thresholds.map(({ expression, ok }) => [expression, ok])).toEqual([
      ["aborted: count == 0", true],
      ["unknown: count == 0", true],
      ["latency: max < 1us", false],
      ["committed: count > 0", true],
    ]);
  });

  it("is found by the goals that the bundled system misses by design", async () => {
    const goals = join(import.meta.dirname, "..", "..", "fixtures", "dms", "goals.yaml");
    // Again and again the same document, so that each replacement leaves what the last one wrote.
    const words = ["concurrent", ...fixture, "--hot", "1", "--sessions", "1", "--think", "0"];
    const { verdict } = await judged(99, ...words, "--thresholds", goals);
    expect(verdict.reasons).toEqual([
      expect.stringMatching(/^dead_tuples\{scenario:concurrent\}: value < 10 does not hold/),
    ]);
  });
});
