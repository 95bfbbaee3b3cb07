/**
 * Throughput at several numbers of sessions, measured more than once at each, and how much equal
 * runs differ: the run is the unit of statistics. All in natural logarithms, since that noise is
 * proportional: equal runs differ by so many per cent, at 10 transactions a second as at 1000.
 */
import { meanOf } from "../statistics/spread.ts";
import type { Random } from "../core/random.ts";

/** One run. */
export interface Point {
  readonly sessions: number;
  /** Transactions. */
  readonly perSecond: number;
}

/** How much equal runs differ: the pure error, pooled over all counts. */
export interface Noise {
  /** Coefficient of variation of a run: 0.03 is 3 %. */
  readonly variation: number;
  readonly degreesOfFreedom: number;
  /** To draw from: by how much the logarithm of a run's throughput may differ from what is expected. */
  readonly residuals: readonly number[];
}

export interface Level {
  readonly sessions: number;
  /** How often it was run. */
  readonly runs: number;
  /** Of the logarithms of transactions a second. */
  readonly mean: number;
}

export interface Series {
  /** In order of sessions. */
  readonly levels: readonly Level[];
  /** Of the logarithm of a run's throughput, pooled; never below the floor. */
  readonly variance: number;
  readonly noise: Noise;
}

/** With fewer a curve of three parameters has nothing left that could contradict it. */
export const levelsMin = 4;

/**
 * No measurement here is better than half a per cent: clocks, checkpoints and the machine's own
 * housekeeping differ by as much. Two runs that agree better do so by chance.
 */
const variationMin = 0.005;

/** Null where no count was run twice. Runs that committed nothing have no logarithm, and stay out. */
export function noiseOf(points: readonly Point[]): Noise | null {
  const groups = [...bySessions(points).values()]
    .map((values) => values.filter((perSecond) => perSecond > 0).map(Math.log))
    .filter((values) => values.length > 1);
  if (groups.length === 0) return null;
  const residuals = groups.flatMap((values) => values.map((value) => value - meanOf(values)));
  const degreesOfFreedom = residuals.length - groups.length;
  const deviation = Math.sqrt(sumOfSquares(residuals) / degreesOfFreedom);
  return {
    variation: Math.max(deviation, variationMin),
    degreesOfFreedom,
    residuals: rescaled(residuals, degreesOfFreedom),
  };
}

/**
 * Residuals are smaller than the deviations they stand for, since each mean was made from them:
 * rescaled to the pure error (A. C. Davison and D. V. Hinkley, Bootstrap Methods and their
 * Application, 1997, section 6.2.3); and by Student's factor, so that intervals are as wide as so
 * few repeats demand. Tests are ratios, in which a common factor cancels.
 */
function rescaled(residuals: readonly number[], degreesOfFreedom: number): number[] {
  const factor = studentFactor(degreesOfFreedom);
  const size = Math.sqrt(sumOfSquares(residuals) / residuals.length);
  // Runs that agree to the last digit: nothing there that could be scaled up.
  if (size < 1e-9) return [-variationMin * factor, variationMin * factor];
  const deviation = size * Math.sqrt(residuals.length / degreesOfFreedom);
  const scale = (factor * Math.max(deviation, variationMin)) / size;
  return residuals.map((residual) => residual * scale);
}

/**
 * How much further out the 97.5 % point of Student's t lies than the normal distribution's.
 * Abramowitz and Stegun, Handbook of Mathematical Functions, 26.7.5: from four degrees of freedom on
 * right to half a per cent; of two it gives 97 %, of one 76 %.
 */
function studentFactor(degreesOfFreedom: number): number {
  const z = 1.959964;
  const terms = [
    (z ** 3 + z) / 4,
    (5 * z ** 5 + 16 * z ** 3 + 3 * z) / 96,
    (3 * z ** 7 + 19 * z ** 5 + 17 * z ** 3 - 15 * z) / 384,
  ];
  const more = terms.map((term, index) => term / degreesOfFreedom ** (index + 1));
  return 1 + more.reduce((sum, term) => sum + term, 0) / z;
}

/** What keeps runs from being a series to fit a curve to; one clause. */
interface Unfit {
  readonly problem: string;
}

export function seriesOf(points: readonly Point[]): Series | Unfit {
  const groups = [...bySessions(points)].sort(([one], [other]) => one - other);
  if (groups.length < levelsMin)
    return { problem: `${levelsMin} numbers of sessions are needed, there are ${groups.length}` };
  const idle = groups.find(([, values]) => !values.every((perSecond) => perSecond > 0));
  if (idle !== undefined)
    return { problem: `at ${idle[0]} sessions a run committed nothing within the measured time` };
  const noise = noiseOf(points);
  if (noise === null || groups.some(([, values]) => values.length < 2))
    return { problem: "each number of sessions must run at least twice, to show the noise" };
  const levels = groups.map(([sessions, values]) => ({
    sessions,
    runs: values.length,
    mean: meanOf(values.map(Math.log)),
  }));
  return { levels, variance: noise.variation ** 2, noise };
}

/** The same runs once more by chance: `expected`, the logarithms at each level, and noise drawn. */
export function resampled(
  { levels, noise }: Series,
  expected: readonly number[],
  random: Random,
): Series {
  let squares = 0;
  let degreesOfFreedom = 0;
  const drawn = levels.map((level, index) => {
    const values = Array.from({ length: level.runs }, () => random.pick(noise.residuals));
    const mean = meanOf(values);
    for (const value of values) squares += (value - mean) ** 2;
    degreesOfFreedom += level.runs - 1;
    return { ...level, mean: (expected[index] ?? NaN) + mean };
  });
  const variance = Math.max(squares / degreesOfFreedom, variationMin ** 2);
  return { levels: drawn, variance, noise };
}

/** How far the means lie from a curve, `expected` at each level: squares, by runs. */
export function misfitOf(levels: readonly Level[], expected: readonly number[]): number {
  return levels.reduce(
    (sum, { runs, mean }, index) => sum + runs * (mean - (expected[index] ?? NaN)) ** 2,
    0,
  );
}

function bySessions(points: readonly Point[]): Map<number, number[]> {
  const groups = new Map<number, number[]>();
  for (const { sessions, perSecond } of points)
    groups.set(sessions, [...(groups.get(sessions) ?? []), perSecond]);
  return groups;
}

function sumOfSquares(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value * value, 0);
}
