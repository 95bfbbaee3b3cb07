/** The options of `loadgen compare`, and the stored runs that it is asked to compare. */
import { basename } from "node:path";
import type { Command } from "commander";
import { z } from "zod";
import { haveOnePace, type Side } from "../compare/compare.ts";
import { type StoredRun, storedRun } from "../run/stored-run.ts";
import { folders, percentage } from "./option-values.ts";
import { failOn } from "./problems.ts";

export interface CompareAsked {
  readonly baseline: Side;
  readonly candidate: Side;
  /** A share; null: that of the figure they are judged by. */
  readonly margin: number | null;
  readonly out: string | undefined;
  readonly json: boolean;
}

export function declareCompareOptions(command: Command): void {
  command
    .option("--margin <percent>", "the smallest change that matters (default 5%, of p99 25%)")
    .option("--out <folder>", "where to write (default reports/<time>-compare)")
    .option("--json", "the result on stdout, nothing else there");
}

const expected = "expected two sides, <baseline> and <candidate>: each a run's folder or several";

/**
 * `words`: what stands on the command line beside known options. Throws a UsageError with every
 * problem there is, of the options and of the runs.
 */
export async function compareFrom(
  words: readonly string[],
  given: Readonly<Record<string, unknown>>,
): Promise<CompareAsked> {
  const unknown = words.filter((word) => word.startsWith("-"));
  const problems = unknown.map((word) => `unknown option ${word}: see loadgen compare --help`);
  const read = <T>(what: string, schema: z.ZodType<T>, text: unknown): T | null => {
    const parsed = schema.safeParse(text);
    problems.push(...(parsed.error?.issues ?? []).map(({ message }) => `${what}: ${message}`));
    return parsed.data ?? null;
  };
  const margin = read("--margin", percentage.optional(), given.margin);
  const out = read("--out", z.string().min(1, "expected a folder").optional(), given.out);
  const sides = words.filter((word) => !word.startsWith("-"));
  if (sides.length !== 2) {
    const got = sides.length === 0 ? "got none" : `got ${sides.length}: ${sides.join(" ")}`;
    problems.push(`${expected}, separated by commas; ${got}`);
  }
  const names = ["baseline", "candidate"].slice(0, sides.length);
  const paths = names.map((name, index) => read(name, folders, sides[index]) ?? []);
  const runs = await Promise.all(paths.map((side) => runsIn(side, problems)));
  const [baseline = [], candidate = []] = runs;
  problems.push(...problemsOf([...baseline, ...candidate]));
  failOn(problems);
  return {
    baseline: sideOf(baseline),
    candidate: sideOf(candidate),
    margin: margin ?? null,
    out: out ?? undefined,
    json: given.json === true,
  };
}

/** Those that can be read. */
async function runsIn(paths: readonly string[], problems: string[]): Promise<readonly StoredRun[]> {
  const read = await Promise.all(paths.map(storedRun));
  return read.flatMap((run) => {
    if (run.ok) return [run.value];
    problems.push(...run.problems);
    return [];
  });
}

/** What no comparison is possible with. */
function problemsOf(runs: readonly StoredRun[]): readonly string[] {
  const seen = new Map<string, string>();
  const doubles = runs.flatMap(({ folder, result }) => {
    // By what they are, not by where: a copy of a run would pass for a second one that equals it.
    const content = JSON.stringify(result);
    const other = seen.get(content);
    if (other === undefined) seen.set(content, folder);
    const where = other === folder ? "is given twice" : `is the same run as ${other ?? ""}`;
    return other === undefined ? [] : [`${folder} ${where}: expected every run once`];
  });
  if (runs.length === 0 || haveOnePace(runs)) return doubles;
  const open = runs.filter(({ result }) => result.plan.rate !== null);
  const names = open.map(({ folder }) => folder).join(", ");
  return [
    ...doubles,
    `of an open loop: ${names}; all others are of a closed one: expected runs of one kind, or there is no figure to judge them by`,
  ];
}

function sideOf(runs: readonly StoredRun[]): Side {
  return { name: runs.map(({ folder }) => basename(folder)).join(", "), runs };
}
