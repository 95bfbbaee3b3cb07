import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Comparison } from "../../src/compare/result.ts";
import { figuresOf } from "../../src/run/figures.ts";
import { remember } from "../../src/run/noise-store.ts";
import { type Given, resultWith } from "../compare/stored.ts";
import { expectCode, Loadgen, tinyFixture } from "../helpers/loadgen.ts";

let loadgen: Loadgen;

beforeAll(async () => {
  loadgen = await Loadgen.prepared();
});

afterAll(() => loadgen.remove());

const noiseFolder = () => join(loadgen.home, "noise");

/** What runs equal to these came to before. */
async function rememberShares(key: string, figures: Record<string, number>, shares: number[]) {
  for (const [index, share] of shares.entries()) {
    const scaled = Object.fromEntries(
      Object.entries(figures).map(([name, value]) => [name, value * share]),
    );
    const entry = { at: "2026-11-20T12:00:00.000Z", run: `/earlier/${index}`, figures: scaled };
    await remember(noiseFolder(), key, entry);
  }
}

async function compare(...words: readonly string[]) {
  const ended = await loadgen.command("compare", ...words);
  return { ...ended, text: ended.stdout + ended.stderr };
}

async function comparisonIn(folder: string): Promise<Comparison> {
  const text = await readFile(join(loadgen.folder, folder, "compare.json"), "utf8");
  return JSON.parse(text) as Comparison;
}

/** One percent of deviation, more or less; none at 1, which would be the run itself. */
const quiet = [0.995, 0.999, 1.005, 1.001, 0.9925, 1.0075];

describe("loadgen compare on stored runs", () => {
  const key = "00000000000000aa";

  async function store(name: string, given: Given): Promise<void> {
    await mkdir(join(loadgen.folder, name));
    const result = resultWith({ noiseKey: key, ...given });
    await writeFile(join(loadgen.folder, name, "run.json"), JSON.stringify(result));
  }

  beforeAll(async () => {
    await store("a", { perSecond: 100 });
    await store("b", { perSecond: 101 });
    await store("slow", { perSecond: 80 });
    await store("unknown", { perSecond: 80, noiseKey: "00000000000000bb" });
    const verdict = { status: "invalid", exitCode: 97, reasons: ["nothing finished"] } as const;
    await store("invalid", { perSecond: 100.5, verdict });
    await store("open", { plan: { rate: 10 } });
    await rememberShares(key, figuresOf(resultWith({})), quiet);
  });

  it("ends with 0 where they are the same, and writes what it found", async () => {
    const ended = await compare("a", "b", "--out", "same");
    expectCode(ended, 0);
    expect(ended.stdout).toMatch(/\nPASS \(exit code 0\): same: throughput rose by 1 %/);
    expect(ended.stdout).toMatch(/\n {2}report same\n$/);
    expect((await readdir(join(loadgen.folder, "same"))).sort()).toEqual([
      "compare.json",
      "report.html",
      "summary.md",
    ]);
    expect(await comparisonIn("same")).toMatchObject({
      schema: "loadgen.compare/1",
      verdict: "same",
      noise: { compared: 2, remembered: quiet.length },
      metrics: { 0: { name: "throughput", primary: true, baseline: 100, verdict: "same" } },
      comparability: [],
    });
  });

  it("ends with 98 where the candidate is slower, and with 0 where it is faster", async () => {
    expectCode(await compare("a,b", "slow", "--out", "slower"), 98);
    expect((await comparisonIn("slower")).verdict).toBe("slower");
    const summary = await readFile(join(loadgen.folder, "slower", "summary.md"), "utf8");
    expect(summary).toMatch(/^# FAIL: slower: throughput fell by 20 %/);
    expectCode(await compare("slow", "a,b", "--out", "faster"), 0);
    expect((await comparisonIn("faster")).verdict).toBe("faster");
    // That much may not matter to somebody.
    expectCode(await compare("a", "slow", "--margin", "50%", "--out", "allowed"), 0);
  });

  it("ends with 93 where nothing is remembered of such runs", async () => {
    await store("unknown-too", { perSecond: 100, noiseKey: "00000000000000bb" });
    const ended = await compare("unknown", "unknown-too", "--json");
    expectCode(ended, 93);
    const printed = JSON.parse(ended.stdout) as Comparison;
    expect(printed).toMatchObject({ verdict: "unstable", noise: { remembered: 0 } });
    // Where nobody said where.
    const [folder = ""] = await readdir(join(loadgen.folder, "reports"));
    expect(folder).toMatch(/-compare$/);
    expect(await comparisonIn(join("reports", folder))).toEqual(printed);
  });

  it("ends with 97 where a run is no evidence", async () => {
    const ended = await compare("a", "invalid", "--out", "no-evidence");
    expectCode(ended, 97);
    expect(ended.stdout.replaceAll(/\s+/g, " ")).toContain("it ended with 97: nothing finished");
  });

  it("goes on without a memory that it cannot read, and says so", async () => {
    const file = join(noiseFolder(), "00000000000000cc.ndjson");
    await mkdir(file);
    await store("c", { perSecond: 100, noiseKey: "00000000000000cc" });
    const ended = await compare("c", "slow", "--json", "--out", "without");
    expectCode(ended, 93);
    expect(ended.stderr).toMatch(/^! cannot compare with equal runs, which are kept in .*EISDIR/);
    expect(JSON.parse(ended.stdout)).toMatchObject({ noise: { remembered: 0 } });
    await rm(file, { recursive: true });
  });

  it("ends with 2 and leaves nothing where it was asked for something else", async () => {
    const wrong = await compare("a", "nowhere,open", "--margin", "5", "--bar", "--out", "wrong");
    expectCode(wrong, 2);
    expect(wrong.stderr.split("\n")).toEqual([
      "loadgen: unknown option --bar: see loadgen compare --help",
      expect.stringMatching(/^loadgen: --margin: expected a percentage/),
      "loadgen: cannot read nowhere (ENOENT): expected the folder of a run",
      expect.stringMatching(/^loadgen: of an open loop: .*\/open; all others/),
      "",
    ]);
    expect(wrong.stdout).toBe("");
    expect(existsSync(join(loadgen.folder, "wrong"))).toBe(false);
    const taken = await compare("a", "b", "--out", "slow");
    expectCode(taken, 2);
    expect(taken.stderr).toContain("loadgen: --out: expected a new or empty folder");
    expect(await readdir(join(loadgen.folder, "slow"))).toEqual(["run.json"]);
  });
});

describe("loadgen compare on real runs", () => {
  const load = ["--sessions", "2", "--think", "0", "--warmup", "0", "--duration", "2s"];

  it("certifies nothing of one a side, and then what arithmetic says of those remembered", async () => {
    const [one, two] = [await run(), await run()];
    const folders = [one.folder, two.folder] as const;
    const alone = await compare(...folders, "--out", "alone");
    expectCode(alone, 93);
    const seen = await comparisonIn("alone");
    expect(seen).toMatchObject({ verdict: "unstable", noise: { compared: 2, remembered: 0 } });
    expect(seen.comparability).toEqual([]);
    expect(seen.metrics.length).toBeGreaterThan(5);

    // However far the two happen to be apart: ten times as much as runs differ is certain, and a
    // hundredth of it is not even a change.
    const apart = Math.abs(Math.log(seen.metrics[0]!.ratio));
    const shares = quiet.map((share) => share ** Math.max(1, 1000 * apart));
    await rememberShares(await keyOf(one.folder), figuresOf(await resultOf(one.folder)), shares);
    const noisy = await compare(...folders, "--out", "noisy", "--margin", "0.01%");
    expectCode(noisy, 93);
    expect((await comparisonIn("noisy")).noise.remembered).toBe(quiet.length);
    const known = await compare(...folders, "--out", "known", "--margin", "100%");
    const { metrics } = await comparisonIn("known");
    const [{ deviation, low, high, ratio, verdict } = never()] = metrics;
    // Student's t for five degrees of freedom, from any table.
    const half = Math.log(high! / ratio);
    expect(half / (Math.SQRT2 * deviation!)).toBeCloseTo(2.571, 3);
    expect(Math.log(ratio / low!)).toBeCloseTo(half, 6);
    expect(verdict).toBe(apart < Math.LN2 && half <= Math.LN2 ? "same" : "unstable");
    expectCode(known, verdict === "same" ? 0 : 93);
  });

  async function run() {
    const ended = await loadgen.run("concurrent", ...tinyFixture, ...load, "--quiet");
    expectCode(ended, 0);
    return ended;
  }
});

function never(): never {
  throw new Error("there are no figures");
}

async function resultOf(folder: string): Promise<ReturnType<typeof resultWith>> {
  const text = await readFile(join(folder, "run.json"), "utf8");
  return JSON.parse(text) as ReturnType<typeof resultWith>;
}

async function keyOf(folder: string): Promise<string> {
  return (await resultOf(folder)).noiseKey;
}
