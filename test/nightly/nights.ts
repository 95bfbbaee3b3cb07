/** Nights that never were. */
import { namedStream } from "../../src/core/random.ts";
import type { EarlierRun } from "../../src/nightly/level.ts";
import type { RunLine } from "../../src/nightly/result.ts";

export function runLine(throughput: number, changes: Partial<RunLine> = {}): RunLine {
  return {
    folder: `/reports/${throughput}`,
    exitCode: 0,
    variant: "current",
    ground: "here",
    noiseKey: "equal",
    figures: { throughput, p50: 1e6 / throughput },
    judged: null,
    ...changes,
  };
}

/** When the night of this number began. */
export function nightAt(number: number): string {
  return new Date(Date.UTC(2026, 0, 1 + number, 3)).toISOString();
}

/** A night each, as noisy as machines are: 2 % to either side. */
export function earlierRuns(
  levels: readonly number[],
  changes: Partial<RunLine> = {},
): readonly EarlierRun[] {
  const random = namedStream(1, "nights");
  return levels.map((level, number) => ({
    ...runLine(level * (0.98 + random.below(40) / 1000), changes),
    at: nightAt(number),
  }));
}

export function nights(count: number, level: number): number[] {
  return new Array<number>(count).fill(level);
}
