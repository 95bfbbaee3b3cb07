/**
 * How often comparing is wrong on this machine: 15 runs with each variant in turns, the slowed one
 * about 10 % slower, and equal runs of a load that keeps the machine busy. With WRITE_EQUAL_RUNS=1
 * they take the place of those in test/data/equal-runs, and their counts that of docs/comparing.md.
 */
import { readFile, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Comparison } from "../../src/compare/result.ts";
import { type StoredRun, storedRun } from "../../src/run/stored-run.ts";
import {
  certainMin,
  countsTable,
  type EqualRuns,
  equalRunsFolder,
  falseAlarmsMax,
  judgedOf,
  kinds,
  measuredOf,
  measuredSentence,
  wrongCounts,
} from "../helpers/equal-runs.ts";
import { Loadgen } from "../helpers/loadgen.ts";

const root = resolve(import.meta.dirname, "..", "..");

/** As they stand in test/data/equal-runs/README.md. */
async function commandFor(part: string): Promise<readonly string[]> {
  const text = await readFile(join(equalRunsFolder, "README.md"), "utf8");
  const lines = text.replaceAll("\\\n", " ").split("\n");
  const command = lines.find((line) => line.startsWith("npx loadgen run ") && line.includes(part));
  if (command === undefined) throw new Error(`the README has no command with ${part}`);
  return command.trim().split(/\s+/).slice(2);
}

let loadgen: Loadgen;

beforeAll(async () => {
  loadgen = await Loadgen.fresh();
});

afterAll(() => loadgen.remove());

/** The runs of an A/B, whatever came of it. */
async function sidesOf(name: string, words: readonly string[]) {
  const folder = join(loadgen.folder, name);
  const ended = await loadgen.command(...words, "--out", folder);
  process.stdout.write(`\n$ loadgen ${words.join(" ")}\n${ended.stdout}${ended.stderr}`);
  const text = await readFile(join(folder, "compare.json"), "utf8");
  const { baseline, candidate } = JSON.parse(text) as Comparison;
  return { baseline: await stored(baseline.folders), candidate: await stored(candidate.folders) };
}

async function stored(folders: readonly string[]): Promise<readonly StoredRun[]> {
  const read = await Promise.all(folders.map(storedRun));
  return read.map((run) => {
    if (!run.ok) throw new Error(run.problems.join("\n"));
    return run.value;
  });
}

it("calls few equal runs different, and few of the slowed ones the same", async () => {
  const quiet = await sidesOf("quiet", await commandFor("--variant slowed"));
  const loud = await sidesOf("loud", await commandFor("--sessions 16"));
  const runs: EqualRuns = {
    quiet: quiet.baseline,
    slowed: quiet.candidate,
    loud: [...loud.baseline, ...loud.candidate],
  };
  const counts = wrongCounts(runs);
  process.stdout.write(`\n${measuredSentence(runs)}\n\n${countsTable(counts)}\n`);
  if (process.env.WRITE_EQUAL_RUNS === "1") await write(runs);
  const { fell } = measuredOf(runs);
  expect(fell, "the slowed variant is to be about 10 % slower").toBeGreaterThan(0.07);
  expect(fell, "the slowed variant is to be about 10 % slower").toBeLessThan(0.13);
  for (const counted of [...counts.equal, ...counts.loud]) {
    const { slower, faster } = counted.counts;
    const share = (slower + faster) / counted.comparisons;
    expect(share, counted.what).toBeLessThanOrEqual(falseAlarmsMax(counted));
  }
  for (const { what, comparisons, counts: told } of counts.equal) {
    expect(told.same / comparisons, what).toBeGreaterThanOrEqual(certainMin);
  }
  for (const { what, comparisons, counts: told } of counts.slowed) {
    expect((told.same + told.faster) / comparisons, what).toBeLessThanOrEqual(0.05);
    expect(told.slower / comparisons, what).toBeGreaterThanOrEqual(certainMin);
  }
});

/** One run a line, so that a change of them can be read. */
async function write(runs: EqualRuns): Promise<void> {
  for (const kind of kinds) {
    const lines = runs[kind].map((run) => JSON.stringify(judgedOf(run)));
    await writeFile(join(equalRunsFolder, `${kind}.ndjson`), `${lines.join("\n")}\n`);
  }
  const path = join(root, "docs", "comparing.md");
  const text = await readFile(path, "utf8");
  const quoted = /^Throughput of \d+ equal runs[^]*?^\|[^]*?\n(?!\|)/m;
  if (!quoted.test(text)) throw new Error("docs/comparing.md has no counts to replace");
  const told = `${measuredSentence(runs)}\n\n${countsTable(wrongCounts(runs))}\n`;
  await writeFile(path, text.replace(quoted, told));
}
