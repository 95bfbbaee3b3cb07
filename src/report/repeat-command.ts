/** The command that repeats a run, for whoever reads of it. */
import type { AnyResult } from "../run/result.ts";

/** Null: many machines drove it, and no single command repeats that. `folder`: the run's own. */
export function repeatCommand(run: AnyResult, folder: string): string | null {
  if (run.observer === null) return null;
  return `loadgen run ${shellWord(run.plan.scenario)} --repeat ${shellWord(folder)}`;
}

/** As a POSIX shell reads it back. */
export function shellWord(text: string): string {
  return /^[\w./:@%+=,-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
