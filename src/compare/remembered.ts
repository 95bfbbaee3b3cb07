/** What is known of how much runs equal to those compared differ, from the noise store. */
import { type Figures, figuresOf } from "../run/figures.ts";
import { recall } from "../run/noise-store.ts";
import type { StoredRun } from "../run/stored-run.ts";

/**
 * A group for each kind of run among those given, none of these in it. Rejects with an Error that
 * names the file where there is one that cannot be read.
 */
export async function rememberedFigures(
  noiseFolder: string,
  runs: readonly StoredRun[],
): Promise<readonly (readonly Figures[])[]> {
  const keys = new Set(runs.flatMap(({ result }) => result.noiseKey ?? []));
  const folders = new Set(runs.map(({ folder }) => folder));
  // A folder that was moved, or copied from elsewhere, is known by what the run came to.
  const figures = new Set(runs.map(({ result }) => JSON.stringify(figuresOf(result))));
  const groups: Figures[][] = [];
  for (const key of keys) {
    const { entries } = await recall(noiseFolder, key);
    const others = entries.filter(
      (entry) => !folders.has(entry.run) && !figures.has(JSON.stringify(entry.figures)),
    );
    groups.push(others.map((entry) => entry.figures));
  }
  return groups;
}
