/** What runs of equal plans came to on this machine, and this one beside them. */
import {
  type NoiseEntry,
  noiseKey,
  recall,
  remember,
  type RunSpread,
  spreadOf,
} from "./noise-store.ts";
import type { RunRequest } from "./request.ts";
import type { RunFigures } from "./result.ts";

/** Verdicts of runs whose figures are evidence, whatever they were found to be. */
const evident: readonly number[] = [0, 93, 98, 99];

/**
 * Remembers the run, if its figures are evidence, and tells of the earlier ones; null: there are
 * none. Where they cannot be kept, that is noted: it takes nothing from this run.
 */
export async function rememberRun(
  {
    noiseFolder,
    folder,
    listener,
    plan,
  }: Pick<RunRequest, "noiseFolder" | "folder" | "listener" | "plan">,
  result: RunFigures,
): Promise<RunSpread | null> {
  const key = noiseKey({ plan, machine: result.machine, server: result.server });
  const entry: NoiseEntry = {
    at: new Date().toISOString(),
    run: folder.path,
    perSecond: result.transactions.perSecond,
    latencyUs: result.transactions.latencyUs,
    cpuUsPerTransaction: result.generator.cpuUsPerTransaction,
  };
  try {
    // An overloaded run's latencies tell how long it was.
    const isEvidence = evident.includes(result.verdict.exitCode) && !result.offered?.isOverloaded;
    const { entries } = isEvidence
      ? await remember(noiseFolder, key, entry)
      : await recall(noiseFolder, key);
    return spreadOf(entries);
  } catch (error) {
    listener.note(error instanceof Error ? error.message : String(error));
    return null;
  }
}
