/**
 * Several variants that took turns in rounds, each held against the first. The round is a block:
 * whatever the machine did in it, it did to all of them, so each variant's run is set beside the
 * first's of the same round, and what counts is how that differs from round to round. (W. S. Gosset,
 * The probable error of a mean, 1908, has this comparison by pairs; S. Holm, 1979, the correction.)
 * Means and changes of a figure are over the same rounds and of one kind, lest a reader who holds two
 * means against each other finds another change than the one that is told. Pure.
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
  const complete = variants.map(ofCompleteRounds(variants));
  const [first, ...others] = complete;
  if (first === undefined) return { variants: [] };
  const scale = complete.every(({ known }) => known.every((value) => value > 0))
    ? "ratio"
    : "difference";
  const weighed = others.map(({ known }) => weighedOf({ ...kind, scale }, first.known, known));
  const corrected = holm(weighed.map((one) => one?.chance?.p ?? 1));
  const judged = others.map((one, index) => ({
    ...summaryOf(one, scale),
    ...judgedOf(kind, weighed[index] ?? null, corrected[index] ?? 1),
  }));
  return {
    variants: [{ ...summaryOf(first, scale), change: null, verdict: null, why: null }, ...judged],
  };
}

/** Of a whole figure: where one value is 0, there is no ratio, and no logarithm. */
type Scale = VariantChange["kind"];

interface CompleteValues extends VariantValues {
  /** Of the rounds in which all have a value that have one in any, in one order; else empty. */
  readonly known: readonly number[];
}

function ofCompleteRounds(
  variants: readonly VariantValues[],
): (variant: VariantValues) => CompleteValues {
  const measured = variants.filter(({ values }) => values.some((value) => value !== null));
  const isComplete = (round: number) => measured.every(({ values }) => values[round] != null);
  return ({ variant, values }) => ({
    variant,
    values,
    known: values.filter((value, round): value is number => value !== null && isComplete(round)),
  });
}

function summaryOf(
  { variant, values, known }: CompleteValues,
  scale: Scale,
): Pick<FigureOfVariant, "variant" | "mean" | "low" | "high" | "values"> {
  if (known.length === 0) return { variant, mean: null, low: null, high: null, values };
  const scaled = scale === "ratio" ? known.map(Math.log) : known;
  const back = scale === "ratio" ? Math.exp : (value: number) => value;
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
  readonly kind: Scale;
  /** Of logarithms, for a ratio. */
  readonly difference: number;
  readonly chance: Chance | null;
  /** The smallest difference that matters, likewise. */
  readonly matters: number;
  readonly rounds: number;
}

/** Null: there is no round that both were measured in. */
function weighedOf(
  { margin, least, scale }: VariantFigureKind & { readonly scale: Scale },
  first: readonly number[],
  values: readonly number[],
): Weighed | null {
  // Both are of the same rounds, unless one of them was measured in none.
  const pairs = values.flatMap((value, index) => {
    const before = first[index];
    return before === undefined ? [] : [{ before, value }];
  });
  if (pairs.length === 0) return null;
  const differences = pairs.map(({ before, value }) =>
    scale === "ratio" ? Math.log(value) - Math.log(before) : value - before,
  );
  const difference = meanOf(differences);
  const largest = Math.max(Math.abs(meanOf(first)), Math.abs(meanOf(values)));
  return {
    kind: scale,
    difference,
    chance: chanceAround(difference, differences),
    matters: scale === "ratio" ? mattersFrom(margin) : Math.max(least, margin * largest),
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
    ? `too few rounds: ${rounds} with all, where it takes ${roundsMin}`
    : "its interval reaches past what matters";
}
