/**
 * Two sides' figures beside one another. The run is the unit: intervals within one run say nothing
 * of how much two runs differ. That is known from the runs of each side, and from equal ones that
 * were remembered. Pure.
 */
import { figureKind, type Figures } from "../run/figures.ts";
import { holm } from "../statistics/holm.ts";
import { meanOf, pooledSpread } from "../statistics/spread.ts";
import { chanceOf, decision, isBetter, mattersFrom } from "./chance.ts";
import type { ComparedFigure, ComparedVerdict } from "./result.ts";

export interface FiguresInput {
  readonly baseline: readonly Figures[];
  readonly candidate: readonly Figures[];
  /** Equal runs, none of those compared: each group of its own kind. */
  readonly remembered: readonly (readonly Figures[])[];
  /** The figure that the comparison is judged by. */
  readonly primary: string;
  /** The smallest change of the primary figure that matters, as a share; null: the figure's own. */
  readonly margin: number | null;
}

/** Those that every run of both sides has, the primary one first if it is among them. */
export function comparedFigures(input: FiguresInput): readonly ComparedFigure[] {
  const runs = [...input.baseline, ...input.candidate];
  const names = Object.keys(runs[0] ?? {}).filter((name) => runs.every((one) => name in one));
  const primary = names.filter((name) => name === input.primary);
  const others = names.filter((name) => name !== input.primary);
  const [first, second] = [primary, others].map((some) => some.map((name) => weighed(name, input)));
  return [...judged(first ?? []), ...judged(second ?? [])];
}

interface Weighed {
  readonly told: Omit<ComparedFigure, "correctedP" | "verdict">;
  /** Logarithms, as all below. */
  readonly difference: number;
  /** Half the interval's width; null: it is not known how much runs differ. */
  readonly halfWidth: number | null;
}

/**
 * Noise is proportional, so logarithms are compared: their difference is the logarithm of the ratio.
 * The interval is Student's, for two means with a variance in common.
 */
function weighed(name: string, input: FiguresInput): Weighed {
  const kind = figureKind(name);
  const runs = { baseline: of(input.baseline, name), candidate: of(input.candidate, name) };
  const [before, after] = [runs.baseline.map(Math.log), runs.candidate.map(Math.log)];
  const spread = pooledSpread([
    before,
    after,
    ...input.remembered.map((group) => of(group, name).map(Math.log)),
  ]);
  const difference = meanOf(after) - meanOf(before);
  const chance = chanceOf(difference, { ...spread, counts: [before.length, after.length] });
  const halfWidth = chance?.halfWidth ?? null;
  const isPrimary = name === input.primary;
  const told = {
    name,
    unit: kind.unit,
    better: kind.better,
    primary: isPrimary,
    baseline: geometricMean(runs.baseline),
    candidate: geometricMean(runs.candidate),
    ratio: Math.exp(difference),
    low: halfWidth === null ? null : Math.exp(difference - halfWidth),
    high: halfWidth === null ? null : Math.exp(difference + halfWidth),
    p: chance?.p ?? null,
    margin: isPrimary && input.margin !== null ? input.margin : kind.margin,
    deviation: halfWidth === null ? null : spread.deviation,
    runs,
  };
  return { told, difference, halfWidth };
}

function of(runs: readonly Figures[], name: string): readonly number[] {
  return runs.flatMap((figures) => figures[name] ?? []);
}

/** Of a single value it is that, without what its logarithm loses of it. */
function geometricMean(values: readonly number[]): number {
  const [first = NaN, ...others] = values;
  return others.length === 0 ? first : Math.exp(meanOf(values.map(Math.log)));
}

function judged(figures: readonly Weighed[]): readonly ComparedFigure[] {
  const corrected = holm(figures.map(({ told }) => told.p ?? 1));
  return figures.map((figure, index) => {
    const { told } = figure;
    const correctedP = told.p === null ? null : (corrected[index] ?? null);
    return { ...told, correctedP, verdict: verdictOf(figure, correctedP) };
  });
}

function verdictOf(
  { difference, halfWidth, told: { margin, better } }: Weighed,
  correctedP: number | null,
): ComparedVerdict {
  const matters = mattersFrom(margin);
  const decided = decision({ difference, halfWidth, correctedP, matters });
  if (decided === "changed") return isBetter(difference, better) ? "faster" : "slower";
  return decided === "same" ? "same" : "unstable";
}
