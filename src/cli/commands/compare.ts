/** `loadgen compare`: two sides of stored runs: same, faster, slower or unstable. */
import { resolve } from "node:path";
import { compare } from "../../compare/compare.ts";
import { rememberedFigures } from "../../compare/remembered.ts";
import type { Comparison } from "../../compare/result.ts";
import type { ExitCode } from "../../core/verdict.ts";
import { compareText } from "../../report/compare-text.ts";
import type { Figures } from "../../run/figures.ts";
import { RunFolder } from "../../run/store.ts";
import { type CompareAsked, compareFrom } from "../compare-options.ts";
import { hasColours } from "../listeners.ts";
import { storeComparison } from "../comparison-folder.ts";
import { defaultFolder } from "../perform.ts";
import { noiseFolder } from "../target.ts";
import { shownPath } from "../shown-path.ts";

/** `words`: what stands on the command line beside known options, the two sides among them. */
export async function compareCommand(
  words: readonly string[],
  given: Readonly<Record<string, unknown>>,
): Promise<ExitCode> {
  const asked = await compareFrom(words, given);
  const { baseline, candidate, margin, json } = asked;
  const remembered = await rememberedOrNone(asked);
  const comparison = compare({ baseline, candidate, remembered, margin });
  const path = resolve(asked.out ?? defaultFolder("compare"));
  await store(path, comparison);
  const folder = shownPath(path);
  const shown = { folder, colours: hasColours(process.stdout) };
  if (json) process.stdout.write(`${JSON.stringify(comparison, null, 2)}\n`);
  else process.stdout.write(`${compareText(comparison, shown)}\n`);
  return comparison.judgement.exitCode;
}

/** Without any memory it is unstable where the runs alone do not tell how much they differ: it is said, no failure. */
async function rememberedOrNone({
  baseline,
  candidate,
}: CompareAsked): Promise<readonly (readonly Figures[])[]> {
  try {
    return await rememberedFigures(noiseFolder(), [...baseline.runs, ...candidate.runs]);
  } catch (error) {
    process.stderr.write(`! ${error instanceof Error ? error.message : String(error)}\n`);
    return [];
  }
}

async function store(path: string, comparison: Comparison): Promise<void> {
  const folder = await RunFolder.create(path);
  let isStored = false;
  try {
    await storeComparison(folder, comparison);
    isStored = true;
  } finally {
    if (!isStored) await folder.abandon();
  }
}
