/**
 * Where throughput stops following the number of sessions, if it does: claimed only where a straight
 * line, throughput following sessions all along, is not within the noise between equal runs.
 */
import { namedStream } from "../core/random.ts";
import { type Hinge, hingeFitter, lineThrough } from "./hinge-fit.ts";
import { chanceOf, intervalAround, repeated } from "./resample.ts";
import {
  type Level,
  levelsMin,
  misfitOf,
  type Point,
  resampled,
  type Series,
  seriesOf,
} from "./series.ts";

export interface Knee {
  /** To one decimal. */
  readonly sessions: number;
  /** A 95 % interval, in sessions to one decimal. */
  readonly low: number;
  readonly high: number;
  /**
   * Transactions a second by the fitted hinge, at each number of sessions that it was fitted to and at
   * its corner; in order of sessions. Between them it is straight in the logarithms of both.
   */
  readonly fit: readonly Point[];
}

export interface KneeFinding {
  readonly knee: Knee | null;
  /** One sentence, with the figures. */
  readonly evidence: string;
}

/** Of a hundred straight lines one may be taken for a hinge. */
const chanceMax = 0.01;

/** A quarter more or less is what matters here. */
const quarter = 1.25;

/**
 * A slope that matters: a quarter more throughput for twice the sessions. Throughput that follows
 * the sessions gains as much, beyond a knee it gains less, and the two differ by as much: short of
 * that a curve only bends, as every real one does.
 */
const slopeMin = Math.log2(quarter);

/** From one end of the interval to the other: a knee that may be anywhere is none to name a cause at. */
const widthMax = 4;

export function kneeOf(points: readonly Point[], seed: number): KneeFinding {
  const whole = seriesOf(points);
  if ("problem" in whole) return { knee: null, evidence: `no knee can be told: ${whole.problem}` };
  const series = beforeCollapse(whole);
  const { knee, evidence } = kneeIn(series, seed);
  const collapsed = whole.levels[series.levels.length];
  if (collapsed === undefined) return { knee, evidence };
  return { knee, evidence: `${evidence}; from ${collapsed.sessions} sessions on it collapses` };
}

function kneeIn(series: Series, seed: number): KneeFinding {
  const hinge = hingeFitter(series.levels)(series.levels);
  const chance = hinge === null ? 1 : chanceOfLine(hinge, series, seed);
  if (hinge === null || (chance >= chanceMax && !isKnee(hinge)))
    return { knee: null, evidence: ofLine(series) };
  if (chance >= chanceMax) return { knee: null, evidence: ofNoise(hinge, series, chance) };
  if (!isKnee(hinge)) return { knee: null, evidence: ofBend(hinge, series) };
  const knee = kneeWithin(hinge, series, seed);
  if (knee.high > widthMax * knee.low) return { knee: null, evidence: ofWidth(knee, series) };
  return { knee, evidence: ofKnee(knee, hinge, series) };
}

/**
 * Without the numbers of sessions at which throughput has fallen well below its highest: that is a
 * bend of its own, which would draw the hinge away from where throughput stopped rising. Two beyond
 * where it comes near the highest stay in any case, to show that it stopped.
 */
function beforeCollapse(series: Series): Series {
  const { levels, noise } = series;
  // Three deviations: the highest of many means is above its true value, and any other may be below.
  const fall = Math.max(Math.log(quarter), 3 * noise.variation);
  const highest = Math.max(...levels.map(({ mean }) => mean));
  const isHigh = ({ mean }: Level) => mean >= highest - fall;
  const count = Math.max(levels.findLastIndex(isHigh) + 1, levels.findIndex(isHigh) + 3, levelsMin);
  return { ...series, levels: levels.slice(0, count) };
}

function isKnee({ slopeBefore, slopeBeyond }: Hinge): boolean {
  const matters = slopeBefore - slopeBeyond >= slopeMin;
  return matters && slopeBefore >= slopeMin && slopeBeyond < slopeMin;
}

/**
 * The chance that a hinge gains as much where all is one straight line. Drawn, since no table of F
 * has it: a straight line has no place where it bends, so the best of all places gains more by
 * chance than any one of them (R. B. Davies, Biometrika 74, 1987).
 */
function chanceOfLine(hinge: Hinge, series: Series, seed: number): number {
  const random = namedStream(seed, "scaling", "line");
  const fit = hingeFitter(series.levels);
  const line = lineThrough(series.levels);
  const drawn = repeated(() => {
    const again = resampled(series, line.expected, random);
    return (fit(again.levels)?.gain ?? 0) / again.variance;
  });
  return chanceOf(hinge.gain / series.variance, drawn);
}

/**
 * A curve that is no hinge has no one place where it bends: what the hinge misses then counts as
 * noise, and the interval is the wider for it.
 */
function kneeWithin(hinge: Hinge, series: Series, seed: number): Knee {
  const random = namedStream(seed, "scaling", "hinge");
  const { levels, noise } = series;
  const fit = hingeFitter(levels);
  // The hinge uses four of the levels up: two slopes, a height and a place.
  const misfit = misfitOf(levels, hinge.expected) / Math.max(1, levels.length - 4);
  const scale = Math.sqrt(Math.max(1, misfit / series.variance));
  const residuals = noise.residuals.map((residual) => residual * scale);
  const wider = { ...series, noise: { ...noise, residuals } };
  const { first, last } = endsOf(series);
  const ranges = repeated(() => {
    const again = resampled(wider, hinge.expected, random);
    return fit(again.levels)?.range ?? { low: first, high: last };
  });
  const { low } = intervalAround(
    hinge.range.low,
    ranges.map((range) => range.low),
  );
  const { high } = intervalAround(
    hinge.range.high,
    ranges.map((range) => range.high),
  );
  return {
    sessions: tenths(hinge.sessions),
    low: tenths(low),
    high: tenths(high),
    fit: fitOf(hinge, series),
  };
}

/** Sessions: no corner is tried so near to a count, but at the count itself, as far as logarithms are exact. */
const sameMax = 1e-6;

function fitOf({ sessions, slopeBefore, expected }: Hinge, { levels }: Series): Point[] {
  const points = levels.map((level, index) => ({
    sessions: level.sessions,
    perSecond: Math.exp(expected[index] ?? NaN),
  }));
  const [first] = points;
  const isAtCorner = (point: Point) => Math.abs(point.sessions - sessions) < sameMax;
  if (first === undefined || points.some(isAtCorner)) return points;
  const perSecond = first.perSecond * (sessions / first.sessions) ** slopeBefore;
  return [...points, { sessions, perSecond }].sort((one, other) => one.sessions - other.sessions);
}

function tenths(sessions: number): number {
  return Math.round(sessions * 10) / 10;
}

function endsOf({ levels }: Series): { first: number; last: number } {
  return { first: levels[0]?.sessions ?? NaN, last: levels.at(-1)?.sessions ?? NaN };
}

function ofKnee(knee: Knee, { slopeBeyond }: Hinge, series: Series): string {
  return (
    `throughput rises with sessions up to ${knee.sessions.toFixed(1)} (${intervalText(knee)}) and then ` +
    `${courseOf(slopeBeyond, "stays level")}: beyond, twice the sessions bring ` +
    `${gain(slopeBeyond)}, and ${noiseText(series)}`
  );
}

/** What throughput does; `level`, where twice the sessions change it by less than a tenth. */
function courseOf(slope: number, level: "is flat" | "stays level"): string {
  if (Math.abs(slope) < Math.log2(1.1)) return level;
  return slope > 0 ? "rises little" : "falls";
}

/** A knee for certain, but not where. */
function ofWidth(knee: Knee, series: Series): string {
  return (
    `no knee within the noise: throughput stops rising somewhere about ${knee.sessions.toFixed(1)} ` +
    `sessions, but ${noiseText(series)}, too much to say where (${intervalText(knee)})`
  );
}

function intervalText({ low, high }: Knee): string {
  return `95 % interval ${low.toFixed(1)} to ${high.toFixed(1)}`;
}

/** Nothing there but one straight line. */
function ofLine(series: Series): string {
  const { first, last } = endsOf(series);
  const { slope } = lineThrough(series.levels);
  const figures = `twice the sessions bring ${gain(slope)}, and ${noiseText(series)}`;
  if (slope >= slopeMin)
    return `no knee within the noise: throughput still rises at ${last} sessions: ${figures}`;
  const course = courseOf(slope, "is flat");
  return `no knee: throughput ${course} from ${sessionsText(first)} on: ${figures}`;
}

/** It would be a knee, were it not as likely by chance. */
function ofNoise({ sessions }: Hinge, series: Series, chance: number): string {
  return (
    `no knee within the noise: one at ${sessions.toFixed(1)} sessions would fit, but ` +
    `${noiseText(series)}, so that a straight line may look like this (p = ${chance.toFixed(3)})`
  );
}

/** It bends for certain, but is no knee. */
function ofBend({ sessions, slopeBefore, slopeBeyond }: Hinge, series: Series): string {
  const { first, last } = endsOf(series);
  const figures =
    `twice the sessions bring ${gain(slopeBefore)} up to ${sessions.toFixed(1)}, ` +
    `${gain(slopeBeyond)} beyond, and ${noiseText(series)}`;
  if (slopeBeyond >= slopeMin)
    return `no knee: throughput still rises at ${last} sessions: ${figures}`;
  if (slopeBefore < slopeMin)
    return `no knee: throughput does not follow the sessions from ${sessionsText(first)} on: ${figures}`;
  return `no knee: throughput only bends: ${figures}`;
}

function sessionsText(count: number): string {
  return `${count} ${count === 1 ? "session" : "sessions"}`;
}

/** What twice the sessions do to throughput. */
function gain(slope: number): string {
  const percent = Math.round((2 ** slope - 1) * 100);
  if (percent === 0) return "nothing more";
  return `${Math.abs(percent)} % ${percent < 0 ? "less" : "more"}`;
}

function noiseText({ noise }: Series): string {
  return `equal runs differ by ${(noise.variation * 100).toFixed(1)} %`;
}
