/**
 * `loadgen run --against`, as its users run it. One transaction calls the slowed function twenty
 * times: whatever the machine does meanwhile, the variants differ several-fold.
 */
import { existsSync } from "node:fs";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from "vitest";
import type { Comparison } from "../../src/compare/result.ts";
import { expectCode, Loadgen, runJsonIn, tinyFixture } from "../helpers/loadgen.ts";
import { twentyCalls } from "../helpers/twenty-calls.ts";

const short = [...tinyFixture, "--duration", "1s", "--warmup", "0"];

let loadgen: Loadgen;

beforeAll(async () => {
  // A copied one would be, by its identifier, the server that tests share.
  loadgen = await Loadgen.fresh();
  await writeFile(join(loadgen.folder, "calls.ts"), twentyCalls);
});

afterEach(() => loadgen.killAll());

afterAll(() => loadgen.remove());

async function comparisonIn(folder: string): Promise<Comparison> {
  return JSON.parse(await readFile(join(folder, "compare.json"), "utf8")) as Comparison;
}

describe("loadgen run --against", () => {
  it("ends with 98 where the variant is slower, and names it, the figure and its interval", async () => {
    const run = await loadgen.run(
      ...["calls.ts", ...short, "--variant", "slowed", "--against", "current", "--rounds", "3"],
    );
    expectCode(run, 98);
    expect(run.stdout).toMatch(
      /compares +the candidate, variant slowed, with the baseline, variant current/,
    );
    expect(run.stdout.match(/ {2}run \d of 6: (candidate|baseline), variant /g)).toHaveLength(6);
    const comparison = await comparisonIn(run.folder);
    expect(comparison).toMatchObject({
      schema: "loadgen.compare/1",
      verdict: "slower",
      baseline: { name: "variant current" },
      candidate: { name: "variant slowed" },
    });
    const [sentence = ""] = comparison.judgement.reasons;
    expect(sentence).toMatch(
      /^slower: throughput fell by \d+ % \(95 % interval -\d+ % to -\d+ %\)/,
    );
    expect(comparison.comparability).toContain(
      "variant: current in the baseline, slowed in the candidate",
    );
    const { plan } = await runJsonIn(comparison.candidate.folders[0]!);
    expect(plan).toMatchObject({ variant: "slowed" });
    expect(await readFile(join(run.folder, "summary.md"), "utf8")).toContain("# FAIL: slower");
    expect(await readdir(join(run.folder, "runs"))).toHaveLength(6);
    expect(await loadgen.databases("loadgen_run_")).toEqual([]);
  });

  it("compares servers, whose password nobody sees", async () => {
    const url = inject("serverUrl");
    const { password } = new URL(url);
    const run = await loadgen.run(
      ...["calls.ts", ...tinyFixture, "--transactions", "5", "--warmup", "0", "--json"],
      ...["--against", url, "--rounds", "3"],
    );
    const comparison = JSON.parse(run.stdout) as Comparison;
    expect(run.code).toBe(comparison.judgement.exitCode);
    expect(comparison).toMatchObject({
      baseline: { name: expect.stringMatching(/^server postgresql:\/\//) as string },
      candidate: { name: "embedded server" },
    });
    const [one, other] = await Promise.all(
      [comparison.baseline, comparison.candidate].map(({ folders }) => runJsonIn(folders[0]!)),
    );
    expect(one?.server.systemIdentifier).not.toBe(other?.server.systemIdentifier);
    const stored = await readFile(join(run.folder, "compare.json"), "utf8");
    expect(run.stdout + run.stderr + stored).not.toContain(password);
  });

  it("stops in the middle, compares what there is, and says so", async () => {
    const { started, folder } = loadgen.startRun(["calls.ts", ...short, "--against", "current"]);
    await started.printed("run 2 of 10");
    started.signal("SIGINT");
    const ended = await started.ended;
    expectCode(ended, 130);
    expect(ended.stdout.replaceAll(/\s+/g, " ")).toMatch(
      /stopped by SIGINT after \d of 10 runs: compared is what was measured until then/,
    );
    const { noise, judgement } = await comparisonIn(folder);
    expect(noise.compared).toBeGreaterThanOrEqual(2);
    expect(noise.compared).toBeLessThan(10);
    expect(judgement.exitCode).toBe(130);
    expect(await loadgen.databases("loadgen_run_")).toEqual([]);
  });

  it("stops before there is anything to compare", async () => {
    const { started, folder } = loadgen.startRun([
      ...["calls.ts", ...tinyFixture, "--duration", "60s", "--against", "current"],
    ]);
    await started.printed("compares");
    started.signal("SIGTERM");
    const ended = await started.ended;
    expectCode(ended, 143);
    expect(ended.stderr).toContain("stopped by SIGTERM before");
    expect(existsSync(join(folder, "compare.json"))).toBe(false);
  });
});
