/** What is known of how much runs equal to those compared differ, from the noise store. */
import type { Figures } from "../run/figures.ts";
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
  const compared = new Set(runs.map(({ folder }) => folder));
  const groups: Figures[][] = [];
  for (const key of keys) {
    const { entries } = await recall(noiseFolder, key);
    groups.push(entries.filter(({ run }) => !compared.has(run)).map(({ figures }) => figures));
  }
  return groups;
}
