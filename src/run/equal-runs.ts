/** What runs of equal plans came to on this machine, and this one beside them. */
import type { Verdict } from "../core/verdict.ts";
import { figuresOf } from "./figures.ts";
import {
  type NoiseEntry,
  noiseKey,
  recall,
  remember,
  type RunSpread,
  spreadOf,
} from "./noise-store.ts";
import type { RunRequest } from "./request.ts";
import type { RunFigures } from "./run-result.ts";

/** Verdicts of runs whose figures are evidence, whatever they were found to be. */
const evident: readonly number[] = [0, 93, 98, 99];

/** Among which runs this one belongs. */
export interface Remembrance {
  /** The same for all equal runs on this machine. */
  readonly noiseKey: string;
  /** Earlier runs of equal plans on this machine; null: there are none. */
  readonly equalRuns: RunSpread | null;
}

/** Whether a run's figures say something of what it measured. An overloaded run's latencies tell how long it was. */
export function isEvidence({
  verdict,
  offered,
}: {
  readonly verdict: Pick<Verdict, "exitCode">;
  readonly offered: { readonly isOverloaded: boolean } | null;
}): boolean {
  return evident.includes(verdict.exitCode) && offered?.isOverloaded !== true;
}

/**
 * Remembers the run, if its figures are evidence, and tells of the earlier ones. Where they cannot
 * be kept, that is noted: it takes nothing from this run.
 */
export async function rememberRun(
  {
    noiseFolder,
    folder,
    listener,
    plan,
  }: Pick<RunRequest, "noiseFolder" | "folder" | "listener" | "plan">,
  result: RunFigures,
): Promise<Remembrance> {
  const key = noiseKey({ plan, machine: result.machine, server: result.server });
  const entry: NoiseEntry = {
    at: new Date().toISOString(),
    run: folder.path,
    figures: figuresOf(result),
  };
  try {
    const { entries } = isEvidence(result)
      ? await remember(noiseFolder, key, entry)
      : await recall(noiseFolder, key);
    return { noiseKey: key, equalRuns: spreadOf(entries) };
  } catch (error) {
    listener.note(error instanceof Error ? error.message : String(error));
    return { noiseKey: key, equalRuns: null };
  }
}
