/** What is counted of sessions while they go on: by each of them, in a slot, and over all. */
export const progressFigures = [
  "started",
  "committed",
  "aborted",
  "unknown",
  "retries",
  "errors",
] as const;

export type Progress = Record<(typeof progressFigures)[number], number>;

export function noProgress(): Progress {
  return { started: 0, committed: 0, aborted: 0, unknown: 0, retries: 0, errors: 0 };
}

export function addProgress(sum: Progress, one: Readonly<Progress>): void {
  for (const name of progressFigures) sum[name] += one[name];
}
