/**
 * Where a series changes its distribution, any number of times: E-divisive (D. S. Matteson and
 * N. A. James, A Nonparametric Approach for Multiple Change Point Analysis of Multivariate Data,
 * JASA 109, 2014), as MongoDB uses it for performance (D. Daly et al., The Use of Change Point
 * Detection to Identify Software Performance Regressions, ICPE 2020). Permutations are seeded.
 */
import { namedStream, type Random } from "../core/random.ts";

/** Of a part with fewer values nobody can tell how much they differ among themselves. */
const partMin = 2;

/** So many orders of the same values, all equally likely where nothing changed. */
const permutations = 399;

/**
 * The chance that a series without a change has one found. Many series are looked at each night,
 * and what was found once stays: 0.05 would mostly mark noise.
 */
const level = 0.01;

/**
 * Indices at which something new begins, rising; the first value never does, and the last one alone
 * is too little. The time goes with the square of the length, for each change.
 */
export function changePoints(values: readonly number[], seed: number): readonly number[] {
  const random = namedStream(seed, "e-divisive");
  const points: number[] = [];
  for (;;) {
    const bounds = [0, ...points, values.length];
    const parts = bounds.slice(1).map((end, at) => values.slice(bounds[at], end));
    const best = strongest(parts);
    if (best === null || !isSignificant(best.statistic, parts, random)) return points;
    points.push((bounds[best.part] ?? 0) + best.at);
    points.sort((one, other) => one - other);
  }
}

interface Split {
  /** Where in its part the new begins. */
  readonly at: number;
  readonly statistic: number;
}

/** Null: every part is too short. */
function strongest(parts: readonly (readonly number[])[]): (Split & { part: number }) | null {
  let best: (Split & { part: number }) | null = null;
  for (const [part, values] of parts.entries()) {
    const split = strongestSplit(values);
    if (split !== null && (best === null || split.statistic > best.statistic)) {
      best = { part, ...split };
    }
  }
  return best;
}

/** Orders are drawn anew within each part: what was found before stays found (section 3.2 there). */
function isSignificant(
  statistic: number,
  parts: readonly (readonly number[])[],
  random: Random,
): boolean {
  let larger = 0;
  for (let count = 0; count < permutations; count++) {
    const drawn = strongest(parts.map((part) => random.shuffled(part)));
    if (drawn !== null && drawn.statistic >= statistic) larger++;
    // However the rest turns out, chance is an explanation.
    if ((1 + larger) / (1 + permutations) > level) return false;
  }
  return true;
}

/**
 * Of all beginnings and all stretches after them (section 2.3 there: a change may be undone later
 * within the part), those between whose values the energy distance is the largest.
 */
function strongestSplit(values: readonly number[]): Split | null {
  const sums = distanceSums(values);
  let best: Split | null = null;
  for (let at = partMin; at <= values.length - partMin; at++) {
    for (let end = at + partMin; end <= values.length; end++) {
      const statistic = energy(sums, at, end);
      if (best === null || statistic > best.statistic) best = { at, statistic };
    }
  }
  return best;
}

/**
 * Formulas (5) and (6) there, with the exponent 1: how much farther values before and after are
 * from one another than among themselves, weighed by how many they are.
 */
function energy(sums: DistanceSums, at: number, end: number): number {
  const [before, after] = [at, end - at];
  const within = { before: sums.among(0, at), after: sums.among(at, end) };
  const between = sums.among(0, end) - within.before - within.after;
  const distance =
    (2 * between) / (before * after) - within.before / pairs(before) - within.after / pairs(after);
  return ((before * after) / (before + after)) * distance;
}

function pairs(count: number): number {
  return (count * (count - 1)) / 2;
}

interface DistanceSums {
  /** The distances of all pairs of values from `start` to before `end`. */
  among(start: number, end: number): number;
}

/** Built from the end: a stretch is its first value to all others, and the stretch without it. */
function distanceSums(values: readonly number[]): DistanceSums {
  const width = values.length + 1;
  const sums = new Float64Array(width * width);
  for (let start = values.length - 2; start >= 0; start--) {
    const first = values[start] ?? 0;
    let ofFirst = 0;
    for (let end = start + 2; end <= values.length; end++) {
      ofFirst += Math.abs((values[end - 1] ?? 0) - first);
      sums[start * width + end] = ofFirst + (sums[(start + 1) * width + end] ?? 0);
    }
  }
  return { among: (start, end) => sums[start * width + end] ?? 0 };
}
