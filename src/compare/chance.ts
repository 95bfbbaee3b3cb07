/** What chance explains of a difference, and when one counts: the same for two sides as for several. Pure. */
import type { FigureKind } from "../run/figures.ts";
import { standardErrors, twoSidedP } from "../statistics/students-t.ts";

/** Of the intervals, and of the verdicts. */
export const confidence = 0.95;

/** With fewer degrees of freedom the interval is mostly a guess: of 3 it is 3.2 standard errors wide, of 1 it is 12.7. */
export const degreesOfFreedomMin = 3;

interface Noise {
  /** Of single values. */
  readonly deviation: number;
  readonly degreesOfFreedom: number;
  /** From how many values each mean comes that the difference is one of. */
  readonly counts: readonly number[];
}

export interface Chance {
  /** Half the interval's width. */
  readonly halfWidth: number;
  /** Of a difference at least as large where there is none. */
  readonly p: number;
}

/** Student's. Null: nothing tells how much the values differ by chance. */
export function chanceOf(
  difference: number,
  { deviation, degreesOfFreedom, counts }: Noise,
): Chance | null {
  if (degreesOfFreedom < degreesOfFreedomMin) return null;
  const standardError = deviation * Math.sqrt(counts.reduce((sum, count) => sum + 1 / count, 0));
  return {
    halfWidth: standardErrors(confidence, degreesOfFreedom) * standardError,
    p: pOf(difference, standardError, degreesOfFreedom),
  };
}

/** Of figures that never differ, any difference is one. */
function pOf(difference: number, standardError: number, degreesOfFreedom: number): number {
  if (standardError === 0) return difference === 0 ? 1 : 0;
  return twoSidedP(difference / standardError, degreesOfFreedom);
}

/** The distance, either way, from which on a change of this share matters: a logarithm, the same for a rise as for the fall that undoes it. */
export function mattersFrom(margin: number): number {
  return Math.log(1 + margin);
}

export interface Judged {
  readonly difference: number;
  /** Null: it is not known how much values differ by chance; then `correctedP` is null, too. */
  readonly halfWidth: number | null;
  readonly correctedP: number | null;
  /** The smallest difference that matters. */
  readonly matters: number;
}

/**
 * A change counts if chance does not explain it and it is large enough to matter. Same is only what
 * is known to be too small to matter, whichever way: the whole interval lies inside the margin. That
 * is equivalence by a confidence interval (D. J. Schuirmann, A comparison of the two one-sided tests
 * procedure and the power approach, 1987; by his 90 % interval one in twenty changes at the margin
 * would be called same, by this one of 95 % one in forty). All else is unclear, be it that there is a
 * change for certain: nothing tells that it does not matter.
 */
export function decision({
  difference,
  halfWidth,
  correctedP,
  matters,
}: Judged): "changed" | "same" | "unclear" {
  if (halfWidth === null || correctedP === null) return "unclear";
  const distance = Math.abs(difference);
  // Where both are always 0, even no difference would be as large as what matters.
  const isLarge = difference !== 0 && distance >= matters;
  if (correctedP < 1 - confidence && isLarge) return "changed";
  return distance + halfWidth <= matters ? "same" : "unclear";
}

export function isBetter(difference: number, better: FigureKind["better"]): boolean {
  return better === "higher" ? difference > 0 : difference < 0;
}
