/**
 * The Universal Scalability Law, fitted to a sweep, with its doubts: it follows almost any curve that
 * rises and stays, so it is believed only where the repeats could have contradicted it and do not.
 */
import { namedStream } from "../core/random.ts";
import { hingeFitter } from "./hinge-fit.ts";
import { chanceOf, type Interval, intervalAround, quantile, repeated } from "./resample.ts";
import { type Level, misfitOf, type Point, resampled, type Series, seriesOf } from "./series.ts";
import { type Usl, type UslCurve, uslThrough } from "./usl-fit.ts";

export interface UslFit extends Usl {
  /** 95 %. */
  readonly intervals: Readonly<Record<keyof Usl, Interval>>;
  /** Sessions at which throughput is highest; null where beta's interval touches 0 or that lies beyond what was measured. */
  readonly peak: number | null;
  /** Whether the repeats allow it: where not, it is shown nowhere. */
  readonly adequate: boolean;
  /** One sentence, with the figures of the lack-of-fit test. */
  readonly evidence: string;
}

/** Of twenty true laws one may be rejected: a law not shown costs less than a false one. */
const chanceMin = 0.05;

/** What the hinge's fourth parameter must gain, in variances, to be worth it (H. Akaike, IEEE AC-19, 1974). */
const parameterCost = 2;

/** With a beta below it a hundred sessions lose a tenth of a percent: that is 0. */
const betaMin = 1e-7;

/** Null where there are fewer than four numbers of sessions, or one without a repeat. */
export function uslOf(points: readonly Point[], seed: number): UslFit | null {
  const series = seriesOf(points);
  if ("problem" in series) return null;
  const curve = uslThrough(series.levels);
  const random = namedStream(seed, "scaling", "usl");
  // From around the law itself: at once what it would miss of runs that follow it, and how its parameters differ.
  const drawn = repeated(() => {
    const { levels, variance } = resampled(series, curve.expected, random);
    const again = uslThrough(levels);
    return { curve: again, lack: again.misfit / variance };
  });
  const lacks = drawn.map(({ lack }) => lack);
  const curves = drawn.map((one) => one.curve);
  const intervals = {
    alpha: intervalOf("alpha", curve, curves),
    beta: intervalOf("beta", curve, curves),
    gamma: intervalOf("gamma", curve, curves),
  };
  const { alpha, beta, gamma } = curve;
  const peak = peakOf(curve, intervals.beta, series.levels);
  return { alpha, beta, gamma, intervals, peak, ...judged(curve, { series, lacks, intervals }) };
}

function intervalOf(name: keyof Usl, curve: UslCurve, curves: readonly UslCurve[]): Interval {
  return intervalAround(
    curve[name],
    curves.map((again) => again[name]),
  );
}

function peakOf({ alpha, beta }: Usl, { low }: Interval, levels: readonly Level[]): number | null {
  if (low <= betaMin || alpha >= 1) return null;
  const peak = Math.sqrt((1 - alpha) / beta);
  const isMeasured =
    peak >= (levels[0]?.sessions ?? NaN) && peak <= (levels.at(-1)?.sessions ?? NaN);
  return isMeasured ? peak : null;
}

/**
 * Lack of fit against pure error (N. R. Draper and H. Smith, Applied Regression Analysis, 1998,
 * section 2.1), its distribution drawn, since parameters held at 0 leave no degrees of freedom to
 * look up in a table. Passing says something only where the test could have failed: with this noise
 * a hard cap must not pass, none may fit these runs better, and there must be a rise to describe.
 */
function judged(
  curve: UslCurve,
  {
    series,
    lacks,
    intervals,
  }: { series: Series; lacks: readonly number[]; intervals: UslFit["intervals"] },
): Pick<UslFit, "adequate" | "evidence"> {
  const { levels, variance, noise } = series;
  const lack = curve.misfit / variance;
  const chance = chanceOf(lack, lacks);
  // The law's three parameters use three of the levels up.
  const f = (lack / (levels.length - 3)).toFixed(1);
  const runs = `equal runs differ by ${(noise.variation * 100).toFixed(1)} %`;
  const test = `lack of fit F = ${f}, p = ${chance.toFixed(3)}; ${runs}`;
  const not = (why: string) => ({ adequate: false, evidence: `${why} (${test})` });
  if (chance < chanceMin) return not("the law misses more than noise explains");
  if (capMisfit(levels) / variance < quantile(lacks, 1 - chanceMin))
    return not("with this noise the law would fit even a hard cap");
  const hinge = hingeFitter(levels)(levels);
  if (hinge !== null && lack - misfitOf(levels, hinge.expected) / variance > parameterCost)
    return not(`a knee at ${hinge.sessions.toFixed(1)} sessions fits better than the law`);
  if (intervals.alpha.high >= 1)
    return not("a second session may add nothing, and the law has no rise to describe");
  return { adequate: true, evidence: `the law fits within the noise (${test})` };
}

/** By how much the law misses a hard cap in the middle of these numbers of sessions: squares, by runs. */
function capMisfit(levels: readonly Level[]): number {
  const logs = levels.map(({ sessions }) => Math.log(sessions));
  const cap = ((logs[0] ?? NaN) + (logs.at(-1) ?? NaN)) / 2;
  return uslThrough(
    levels.map((level) => ({ ...level, mean: Math.min(Math.log(level.sessions), cap) })),
  ).misfit;
}
