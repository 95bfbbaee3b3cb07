/**
 * Several variants that took turns in rounds, each held against the first. The round is a block:
 * whatever the machine did in it, it did to all of them, so each variant's run is set beside the
 * first's of the same round, and what counts is how that differs from round to round. (W. S. Gosset,
 * The probable error of a mean, 1908, has this comparison by pairs; S. Holm, 1979, the correction.)
 * Pure.
 */
import { holm } from "../statistics/holm.ts";
import { meanOf, pooledSpread } from "../statistics/spread.ts";
import {
  type Chance,
  chanceOf,
  decision,
  degreesOfFreedomMin,
  isBetter,
  mattersFrom,
} from "./chance.ts";
import type { VariantFigureKind } from "./variant-figures.ts";
import type {
  FigureOfVariant,
  VariantChange,
  VariantsFigure,
  VariantVerdict,
} from "./variants-result.ts";

/** Of each round, in one order for all; null: it was not measured. */
export type ByRound = readonly (number | null)[];

export interface VariantValues {
  readonly variant: string;
  readonly values: ByRound;
}

/** As many rounds, at least, tell how much a change differs from one to the next. */
export const roundsMin = degreesOfFreedomMin + 1;

/** `variants`: the one that the others are held against first. */
export function comparedVariants(
  kind: VariantFigureKind,
  variants: readonly VariantValues[],
): Pick<VariantsFigure, "variants"> {
  const [first, ...others] = variants;
  if (first === undefined) return { variants: [] };
  const weighed = others.map(({ values }) => weighedOf(kind, first.values, values));
  const corrected = holm(weighed.map((one) => one?.chance?.p ?? 1));
  const judged = others.map((one, index) => ({
    ...summaryOf(one),
    ...judgedOf(kind, weighed[index] ?? null, corrected[index] ?? 1),
  }));
  return {
    variants: [{ ...summaryOf(first), change: null, verdict: null, why: null }, ...judged],
  };
}

function summaryOf({
  variant,
  values,
}: VariantValues): Pick<FigureOfVariant, "variant" | "mean" | "low" | "high" | "values"> {
  const known = values.filter((value) => value !== null);
  if (known.length === 0) return { variant, mean: null, low: null, high: null, values };
  const isPositive = known.every((value) => value > 0);
  const scaled = isPositive ? known.map(Math.log) : known;
  const back = isPositive ? Math.exp : (value: number) => value;
  const mean = meanOf(scaled);
  const half = chanceAround(mean, scaled)?.halfWidth ?? null;
  // What is counted is not below 0, however wide its interval.
  const floor = known.every((value) => value >= 0) ? 0 : -Infinity;
  return {
    variant,
    mean: known.length === 1 ? (known[0] ?? null) : back(mean),
    low: half === null ? null : Math.max(floor, back(mean - half)),
    high: half === null ? null : back(mean + half),
    values,
  };
}

/** Student's for the mean of a single sample. */
function chanceAround(mean: number, values: readonly number[]): Chance | null {
  return chanceOf(mean, { ...pooledSpread([values]), counts: [values.length] });
}

interface Weighed {
  readonly kind: VariantChange["kind"];
  /** Of logarithms, for a ratio. */
  readonly difference: number;
  readonly chance: Chance | null;
  /** The smallest difference that matters, likewise. */
  readonly matters: number;
  readonly rounds: number;
}

/** Null: there is no round that both were measured in. */
function weighedOf(
  { margin, least }: VariantFigureKind,
  first: ByRound,
  values: ByRound,
): Weighed | null {
  const pairs = values.flatMap((value, round) => {
    const before = first[round] ?? null;
    return value === null || before === null ? [] : [{ before, value }];
  });
  if (pairs.length === 0) return null;
  const isRatio = pairs.every(({ before, value }) => before > 0 && value > 0);
  const differences = pairs.map(({ before, value }) =>
    isRatio ? Math.log(value) - Math.log(before) : value - before,
  );
  const difference = meanOf(differences);
  const largest = Math.max(
    Math.abs(meanOf(pairs.map(({ before }) => before))),
    Math.abs(meanOf(pairs.map(({ value }) => value))),
  );
  return {
    kind: isRatio ? "ratio" : "difference",
    difference,
    chance: chanceAround(difference, differences),
    matters: isRatio ? mattersFrom(margin) : Math.max(least, margin * largest),
    rounds: pairs.length,
  };
}

function judgedOf(
  { name, margin, better }: VariantFigureKind,
  weighed: Weighed | null,
  corrected: number,
): Pick<FigureOfVariant, "change" | "verdict" | "why"> {
  if (weighed === null) {
    return { change: null, verdict: "unclear", why: `${name} was not measured of both` };
  }
  const { kind, difference, chance, matters, rounds } = weighed;
  const halfWidth = chance?.halfWidth ?? null;
  const correctedP = chance === null ? null : corrected;
  const decided = decision({ difference, halfWidth, correctedP, matters });
  const back = (value: number) => (kind === "ratio" ? Math.exp(value) : value);
  const change = {
    kind,
    value: back(difference),
    low: halfWidth === null ? null : back(difference - halfWidth),
    high: halfWidth === null ? null : back(difference + halfWidth),
    p: chance?.p ?? null,
    correctedP,
    matters: kind === "ratio" ? margin : matters,
    rounds,
  };
  const direction = isBetter(difference, better) ? "better" : "worse";
  const verdict: VariantVerdict = decided === "changed" ? direction : decided;
  return { change, verdict, why: verdict === "unclear" ? whyUnclear(weighed) : null };
}

function whyUnclear({ chance, rounds }: Weighed): string {
  return chance === null
    ? `too few rounds: ${rounds} with both, where it takes ${roundsMin}`
    : "its interval reaches past what matters";
}
