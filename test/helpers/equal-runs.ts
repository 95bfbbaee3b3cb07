/**
 * How often a comparison is wrong: equal runs, and runs known to be slower, are compared with one
 * another in every way there is, and what comes of it is counted. For docs/comparing.md.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { compare } from "../../src/compare/compare.ts";
import type { ComparedVerdict } from "../../src/compare/result.ts";
import { namedStream } from "../../src/core/random.ts";
import { type Figures, figuresOf } from "../../src/run/figures.ts";
import type { StoredRun } from "../../src/run/stored-run.ts";
import { meanOf } from "../../src/statistics/spread.ts";

export const equalRunsFolder = join(import.meta.dirname, "..", "data", "equal-runs");

/** What runs are kept of: equal ones, the same with the slowed variant, and equal ones of a loud load. */
export const kinds = ["quiet", "slowed", "loud"] as const;
export type Kind = (typeof kinds)[number];

export type EqualRuns = Readonly<Record<Kind, readonly StoredRun[]>>;

export function storedEqualRuns(): EqualRuns {
  const [quiet, slowed, loud] = kinds.map((kind) => {
    const text = readFileSync(join(equalRunsFolder, `${kind}.ndjson`), "utf8");
    const lines = text.trim().split("\n");
    return lines.map((line, index): StoredRun => ({
      folder: `/${kind}/${index + 1}`,
      result: JSON.parse(line) as StoredRun["result"],
    }));
  });
  return { quiet: quiet!, slowed: slowed!, loud: loud! };
}

/** What judging reads of a run.json: all else is left out of what is kept here. */
export function judgedOf({ result }: StoredRun): unknown {
  const { schema, loadgen, verdict, plan, machine, engine, transactions, offered } = result;
  const { committed, aborted, unknown, perSecond, latencyUs } = transactions;
  return {
    ...{ schema, loadgen, verdict, plan, machine, engine, offered },
    server: { ...result.server, settings: {} },
    transactions: { committed, aborted, unknown, perSecond, latencyUs },
    operations: Object.fromEntries(
      Object.entries(result.operations).map(([name, { latencyUs }]) => [name, { latencyUs }]),
    ),
    serverPerTransaction: result.serverPerTransaction,
    generator: { cpuUsPerTransaction: result.generator?.cpuUsPerTransaction ?? null },
  };
}

type Counts = Readonly<Record<ComparedVerdict, number>>;

export interface Counted {
  /** What was compared. */
  readonly what: string;
  readonly comparisons: number;
  readonly counts: Counts;
}

type Pair = readonly [baseline: readonly StoredRun[], candidate: readonly StoredRun[]];

function counted(what: string, verdicts: readonly ComparedVerdict[]): Counted {
  const countOf = (one: ComparedVerdict) => verdicts.filter((verdict) => verdict === one).length;
  const counts = {
    same: countOf("same"),
    slower: countOf("slower"),
    faster: countOf("faster"),
    unstable: countOf("unstable"),
  };
  return { what, comparisons: verdicts.length, counts };
}

function verdictOf([baseline, candidate]: Pair, remembered: readonly Figures[]): ComparedVerdict {
  return compare({
    baseline: { name: "baseline", runs: baseline },
    candidate: { name: "candidate", runs: candidate },
    remembered: [remembered],
    margin: null,
  }).verdict;
}

/** What the noise store has of runs like these, none of the pair among them. */
function othersOf(runs: readonly StoredRun[], pair: Pair): readonly Figures[] {
  const compared = new Set(pair.flat());
  return runs.filter((run) => !compared.has(run)).map(({ result }) => figuresOf(result));
}

/** Every run with every later one, by the noise of all others. */
function equalPairs(what: string, runs: readonly StoredRun[]): Counted {
  const pairs = runs.flatMap((one, index) =>
    runs.slice(index + 1).map((other): Pair => [[one], [other]]),
  );
  return counted(
    what,
    pairs.map((pair) => verdictOf(pair, othersOf(runs, pair))),
  );
}

/** Every run with every slowed one. Of those nothing is remembered: they are new when they are found. */
function slowedPairs(what: string, { quiet, slowed }: EqualRuns): Counted {
  const pairs = quiet.flatMap((one) => slowed.map((other): Pair => [[one], [other]]));
  return counted(
    what,
    pairs.map((pair) => verdictOf(pair, othersOf(quiet, pair))),
  );
}

const samples = 200;

/** Several runs a side, drawn by a fixed seed; nothing is remembered: what they are is all that is known. */
function groups(what: string, side: number, [before, after]: Pair): Counted {
  const verdicts = Array.from({ length: samples }, (_, sample) => {
    const random = namedStream(sample, what);
    if (before === after) {
      const drawn = random.distinctBelow(before.length, 2 * side).map((index) => before[index]!);
      return verdictOf([drawn.slice(0, side), drawn.slice(side)], []);
    }
    const [one, other] = [before, after].map((runs) =>
      random.distinctBelow(runs.length, side).map((index) => runs[index]!),
    );
    return verdictOf([one!, other!], []);
  });
  return counted(what, verdicts);
}

export interface WrongCounts {
  /** Of equal runs of a quiet load: what is not the same is a false alarm, or unstable. */
  readonly equal: readonly Counted[];
  /** What is not slower is a miss, or unstable. */
  readonly slowed: readonly Counted[];
  readonly loud: readonly Counted[];
}

export function wrongCounts(runs: EqualRuns): WrongCounts {
  const { quiet, slowed, loud } = runs;
  return {
    equal: [
      equalPairs("equal runs, one a side", quiet),
      groups("equal runs, 3 a side", 3, [quiet, quiet]),
      groups("equal runs, 5 a side", 5, [quiet, quiet]),
    ],
    slowed: [
      slowedPairs("slowed, one a side", runs),
      groups("slowed, 3 a side", 3, [quiet, slowed]),
      groups("slowed, 5 a side", 5, [quiet, slowed]),
    ],
    loud: [
      equalPairs("equal runs of a loud load, one a side", loud),
      groups("equal runs of a loud load, 5 a side", 5, [loud, loud]),
    ],
  };
}

/** The least share that is to be certain of a quiet load: who always says unstable is never wrong, and of no use. */
export const certainMin = 0.9;

/**
 * The largest share of false alarms. Of a loud load it is what an interval of 95 % promises, one in
 * twenty, and as much again: comparisons of so few runs have runs in common, and err together.
 */
export function falseAlarmsMax({ what }: Counted): number {
  return what.includes("loud") ? 0.1 : 0.05;
}

/** By what share throughput fell with the slowed variant, and how much equal runs differ: a deviation, as a share. */
export function measuredOf({ quiet, slowed, loud }: EqualRuns) {
  const [before, after, noisy] = [quiet, slowed, loud].map((runs) =>
    runs.map(({ result }) => Math.log(result.transactions.perSecond)),
  );
  return {
    fell: 1 - Math.exp(meanOf(after!) - meanOf(before!)),
    deviation: deviationOf(before!),
    loudDeviation: deviationOf(noisy!),
  };
}

function deviationOf(values: readonly number[]): number {
  const mean = meanOf(values);
  return Math.sqrt(
    values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1),
  );
}

/** As prettier has it, and docs/comparing.md. */
export function countsTable({ equal, slowed, loud }: WrongCounts): string {
  const heading = ["compared", "comparisons", "same", "slower", "faster", "unstable"];
  const rows = [...equal, ...slowed, ...loud].map(({ what, comparisons, counts }) =>
    [what, comparisons, counts.same, counts.slower, counts.faster, counts.unstable].map(String),
  );
  const widths = heading.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => row[column]!.length)),
  );
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column]!)).join(" | ")} |`;
  const rule = `| ${widths.map((width) => "-".repeat(width)).join(" | ")} |`;
  return [line(heading), rule, ...rows.map(line)].join("\n");
}

/** `9.8 %`. */
export function shareText(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

/** What docs/comparing.md says above the table. */
export function measuredSentence(runs: EqualRuns): string {
  const { fell, deviation, loudDeviation } = measuredOf(runs);
  return (
    `Throughput of ${runs.quiet.length} equal runs differed by ${shareText(deviation)} (standard deviation), ` +
    `with the variant \`slowed\` it fell by ${shareText(fell)} (${runs.slowed.length} runs), ` +
    `and that of ${runs.loud.length} equal runs of the loud load differed by ${shareText(loudDeviation)}.`
  );
}
