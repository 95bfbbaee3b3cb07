/**
 * The table of gaps that a plan's arrivals are drawn from. It is made here, once, because it takes
 * logarithms, in which JavaScript engines differ; from then on it is whole numbers.
 */
import type { PlannedArrivals } from "../core/plan.ts";

const million = 1_000_000;

/** Enough for a gap's standard deviation to be within 1 % of its mean, as a Poisson process has it. */
const quantiles = 256;

/** Gaps in millionths of the mean gap; their mean is exactly a million. */
export function gapMillionths(distribution: PlannedArrivals["distribution"]): readonly number[] {
  return distribution === "constant" ? [million] : exponentialGaps();
}

/**
 * The exponential distribution cut into equal shares, each represented by its mean: with
 * F(a) = i/n and F(b) = (i+1)/n that is n·((a+1)·e^-a - (b+1)·e^-b).
 */
function exponentialGaps(): readonly number[] {
  const shares = Array.from(
    { length: quantiles },
    (_, index) => partAbove(index) - partAbove(index + 1),
  );
  const gaps = shares.map((share) => Math.round(share * quantiles * million));
  const rest = quantiles * million - gaps.reduce((sum, gap) => sum + gap, 0);
  return gaps.map((gap, index) => (index === quantiles - 1 ? gap + rest : gap));
}

/** Of the distribution's mean, what lies above the quantile `index`: (a+1)·e^-a with e^-a = 1 - index/n. */
function partAbove(index: number): number {
  const survival = 1 - index / quantiles;
  return survival === 0 ? 0 : (1 - Math.log(survival)) * survival;
}
