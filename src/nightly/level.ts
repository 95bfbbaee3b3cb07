/** Against which of the nights before tonight is held. Pure. */
import type { NightLine, RunLine } from "./result.ts";

/** A run of an earlier night. */
export interface EarlierRun extends RunLine {
  /** Of its night. */
  readonly at: string;
}

/** All runs of this name, oldest first. */
export function runsOf(name: string, nights: readonly NightLine[]): readonly EarlierRun[] {
  return nights.flatMap(({ at, runs }) => {
    const run = Object.hasOwn(runs, name) ? runs[name] : undefined;
    return run === undefined ? [] : [{ ...run, at }];
  });
}

/** Those whose figures may be held against this run's. */
export function onGround(
  earlier: readonly EarlierRun[],
  { ground }: Pick<RunLine, "ground">,
): readonly EarlierRun[] {
  return earlier.filter((run) => run.ground === ground && Object.keys(run.figures).length > 0);
}

/** What was slower, or faster, for so many nights on end is how it is now. */
export const acceptedAfterNights = 7;

/**
 * The nights that tell how it usually is: without those that were found slower or faster, which
 * would hide the next one like them, until all of a week were. Nor do unstable ones after such a
 * night join: they may well be like it, and would make the next one look usual; unless a week of
 * them brings nothing else. Without a slower one before them they do, or nights that differ by
 * chance would never be enough to tell by how much.
 */
export function levelOf(runs: readonly EarlierRun[]): readonly EarlierRun[] {
  let level: EarlierRun[] = [];
  let outside: EarlierRun[] = [];
  let unstable: EarlierRun[] = [];
  for (const run of runs) {
    if (run.judged === "slower" || run.judged === "faster") {
      unstable = [];
      outside = outside.at(-1)?.judged === run.judged ? [...outside, run] : [run];
      if (outside.length < acceptedAfterNights) continue;
      level = outside;
    } else if (run.judged === "unstable" && outside.length > 0) {
      unstable.push(run);
      if (unstable.length < acceptedAfterNights) continue;
      level.push(...unstable);
    } else {
      level.push(run);
    }
    outside = [];
    unstable = [];
  }
  return level;
}
