/**
 * Was the measured time steady, or did its figures drift from start to end: caches still filling,
 * tables growing, a neighbour taking the machine? The trend test of Mann and Kendall, since it
 * assumes no distribution, and beside it a look for steps, which that test misses; a change must
 * also be large enough to matter.
 */
import { medianOf } from "./median.ts";

export type Drift =
  | { readonly kind: "too-short"; readonly needed: number; readonly count: number }
  | {
      readonly kind: "steady" | "drifting";
      /**
       * -0.23: it fell by 23 %. Of a trend from start to end, as a share of the median; where the
       * first third and the last lie apart, from the median of the one to that of the other.
       */
      readonly change: number;
      /** The chance of a trend at least as clear in a series without one; of thirds that lie apart at most 0.01. */
      readonly p: number;
    };

/** From ten values on the score is close enough to normal (M. G. Kendall, Rank Correlation Methods, 1975). */
const valuesMin = 10;

/** Every pair of values is looked at: of longer series (here: 10 min) the means of equal stretches. */
const valuesMax = 600;

/** Of a hundred steady runs one may be called drifting. */
const pMax = 0.01;

/** Equal runs on one machine differ by as much and more; a long run makes far less significant. */
const changeMin = 0.1;

/**
 * `series`: figures of equal stretches of time, such as transactions committed in each second, none
 * of them negative. A constant series is steady, change 0 and p 1. As its test counts it: of steady
 * series 1 % are called drifting where they are white noise; where a second resembles the one
 * before it (AR(1) with phi 0.6, deviation 20 %) 6 % of 14 values, 14 % of 15, 10 % of 20, 4 % of 30
 * and 3 % of 60. From 15 values on, a step of 30 or 50 % within the middle third, noise 5 %, is found
 * in all of 300 series; in shorter ones, or near an end, it is missed in more than four of five.
 */
export function driftOf(series: readonly number[]): Drift {
  const count = series.length;
  if (count < valuesMin) return { kind: "too-short", needed: valuesMin, count };
  const values = thinned(series);
  if (values.every((value) => value === values[0])) return { kind: "steady", change: 0, p: 1 };
  const slope = slopeOf(values);
  const { score, variance } = kendall(values);
  // Less one: the score moves in steps of two, the normal distribution does not.
  const distance = Math.max(0, Math.abs(score) - 1);
  const p = twoSidedP(distance / Math.sqrt(variance * correlationFactor(values, slope)));
  const change = changeOf(values, slope);
  const step = stepOf(values);
  if (step !== null) return { kind: "drifting", change: step, p: Math.min(p, pMax) };
  const drifting = p < pMax && Math.abs(change) >= changeMin;
  return { kind: drifting ? "drifting" : "steady", change, p };
}

/** With thirds of five values chance alone separates them in 2 of 252 orders: less than `pMax`. */
const stepValuesMin = 15;

/**
 * The trend test takes a sudden step for one slow wave, the more so the larger it is. So a series is
 * drifting as well where every value of its last third is above, or below, every one of its first:
 * then by how much their medians differ. Null: it is not so, or by too little to matter.
 */
function stepOf(values: readonly number[]): number | null {
  if (values.length < stepValuesMin) return null;
  const length = Math.floor(values.length / 3);
  const first = values.slice(0, length);
  const last = values.slice(-length);
  const rose = Math.max(...first) < Math.min(...last);
  const fell = Math.min(...first) > Math.max(...last);
  const from = medianOf(first);
  if (!(rose || fell) || from === 0) return null;
  const change = medianOf(last) / from - 1;
  return Math.abs(change) >= changeMin ? change : null;
}

function thinned(series: readonly number[]): readonly number[] {
  const length = Math.ceil(series.length / valuesMax);
  if (length === 1) return series;
  const stretches = Math.ceil(series.length / length);
  return Array.from({ length: stretches }, (_, index) =>
    meanOf(series.slice(index * length, (index + 1) * length)),
  );
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** For each value the change to the next: the median over all pairs (P. K. Sen, JASA 63, 1968). */
export function slopeOf(values: readonly number[]): number {
  const slopes: number[] = [];
  values.forEach((earlier, index) => {
    values.slice(index + 1).forEach((later, between) => {
      slopes.push((later - earlier) / (between + 1));
    });
  });
  return medianOf(slopes);
}

/**
 * Where the median is zero, half of all seconds saw nothing, and the slope between them says as
 * little. The means of the two halves are compared then: -1 when nothing came in the second one.
 */
function changeOf(values: readonly number[], slope: number): number {
  const median = medianOf(values);
  if (median !== 0) return (slope * (values.length - 1)) / median;
  const middle = values.length / 2;
  const early = meanOf(values.slice(0, Math.floor(middle)));
  const late = meanOf(values.slice(Math.ceil(middle)));
  const larger = Math.max(early, late);
  return larger === 0 ? 0 : (late - early) / larger;
}

/**
 * Kendall's score, rising pairs less falling ones, and its variance in a series without a trend
 * whose values are independent. Values that are equal take from it (R. O. Gilbert, Statistical
 * Methods for Environmental Pollution Monitoring, 1987, section 16.4).
 */
export function kendall(values: readonly number[]): { score: number; variance: number } {
  const times = new Map<number, number>();
  let score = 0;
  values.forEach((value, index) => {
    times.set(value, (times.get(value) ?? 0) + 1);
    for (const later of values.slice(index + 1)) score += Math.sign(later - value);
  });
  const term = (count: number) => count * (count - 1) * (2 * count + 5);
  const ties = [...times.values()].reduce((sum, count) => sum + term(count), 0);
  return { score, variance: (term(values.length) - ties) / 18 };
}

/**
 * By how much the variance is larger because a second resembles the one before it: n / n* of S. Yue
 * and C. Wang (Water Resources Management 18, 2004), with the correlations of AR(1), from what is
 * left without the trend. K. H. Hamed and A. R. Rao (Journal of Hydrology 204, 1998) call three
 * times as many steady runs drifting where series are as short as ours. Never below 1: seconds that
 * alternate would make the test sharper, on the word of an estimate.
 */
export function correlationFactor(values: readonly number[], slope: number): number {
  const rest = values.map((value, index) => value - slope * index);
  const correlation = Math.max(0, correlationWithNext(rest));
  let sum = 0;
  for (let lag = 1; lag < rest.length; lag++) {
    sum += (1 - lag / rest.length) * correlation ** lag;
  }
  return 1 + 2 * sum;
}

/** 0 for a constant series. */
function correlationWithNext(values: readonly number[]): number {
  const mean = meanOf(values);
  let own = 0;
  let shared = 0;
  let before = 0;
  for (const value of values) {
    const distance = value - mean;
    own += distance * distance;
    shared += distance * before;
    before = distance;
  }
  return own === 0 ? 0 : shared / own;
}

/**
 * The chance that a normal variable is at least `z` standard deviations off, either way. Abramowitz
 * and Stegun, Handbook of Mathematical Functions, 7.1.26: the error is below 1.5e-7.
 */
export function twoSidedP(z: number): number {
  const x = z / Math.SQRT2;
  const t = 1 / (1 + 0.3275911 * x);
  const coefficients = [1.061405429, -1.453152027, 1.421413741, -0.284496736, 0.254829592];
  const polynomial = coefficients.reduce((sum, coefficient) => (sum + coefficient) * t, 0);
  return polynomial * Math.exp(-x * x);
}
