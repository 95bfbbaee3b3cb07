/**
 * Two straight lines that meet, in logarithms of sessions and throughput: least squares for every
 * place where they could meet, so the best is found for certain, and fast enough to do it again in
 * every resample.
 */
import { type Level, misfitOf } from "./series.ts";

/** Logarithm of throughput by logarithm of sessions. */
interface Line {
  /** 1: as many times the throughput as the sessions; 0: none the more for them. */
  readonly slope: number;
  /** At each level. */
  readonly expected: readonly number[];
}

export interface Hinge {
  /** Sessions where the lines meet. */
  readonly sessions: number;
  /** Where they could meet just as well, this one included. */
  readonly range: { readonly low: number; readonly high: number };
  readonly slopeBefore: number;
  readonly slopeBeyond: number;
  /** At each level. */
  readonly expected: readonly number[];
  /** How much nearer to the means than one straight line: squares, by runs. */
  readonly gain: number;
}

/** Places to meet that are nearer than 1 % of the sessions are one: no knee is known better. */
const stepMax = 0.01;

export function lineThrough(levels: readonly Level[]): Line {
  const means = levels.map(({ mean }) => mean);
  const { slope, values } = projected(levels, means);
  return { slope, expected: values };
}

/** A place where the lines could meet, and what the bend there is beside any straight line. */
interface Bend {
  readonly at: number;
  /** At each level: 0 up to the place, and from there on the logarithm of sessions beyond it. */
  readonly rise: readonly number[];
  /** The same without its best straight line, of length 1, times the runs: for a dot product with the means. */
  readonly direction: Float64Array;
  readonly length: number;
}

/**
 * Fits hinges that turn down, to these numbers of sessions and runs. The lines meet from the second
 * level to the last but one: beyond, one of them would have a single level, and any place were as
 * good as another.
 */
export function hingeFitter(design: readonly Level[]): (levels: readonly Level[]) => Hinge | null {
  const bends = placesOf(design).map((at) => bendAt(design, at));
  return (levels) => {
    const means = Float64Array.from(levels, ({ mean }) => mean);
    let best: Bend | null = null;
    let most = 0;
    for (const bend of bends) {
      // Negative: it turns down.
      const score = -dot(bend.direction, means);
      if (score <= most) continue;
      best = bend;
      most = score;
    }
    return best === null ? null : hingeAt(best, -most / best.length, levels);
  };
}

function placesOf(levels: readonly Level[]): number[] {
  const inner = levels.slice(1, -1).map(({ sessions }) => Math.log(sessions));
  return inner.flatMap((from, index) => {
    const to = inner[index + 1];
    if (to === undefined) return [from];
    const steps = Math.ceil((to - from) / stepMax);
    return Array.from({ length: steps }, (_, step) => from + ((to - from) * step) / steps);
  });
}

function bendAt(levels: readonly Level[], at: number): Bend {
  const rise = levels.map(({ sessions }) => Math.max(0, Math.log(sessions) - at));
  const { values } = projected(levels, rise);
  const rest = rise.map((value, index) => value - (values[index] ?? NaN));
  const squares = levels.map(({ runs }, index) => runs * (rest[index] ?? NaN) ** 2);
  const length = Math.sqrt(squares.reduce((sum, value) => sum + value, 0));
  const direction = Float64Array.from(
    levels,
    ({ runs }, index) => ((rest[index] ?? NaN) * runs) / length,
  );
  return { at, rise, direction, length };
}

/** `turn`: by how much the slope changes. */
function hingeAt({ at, rise }: Bend, turn: number, levels: readonly Level[]): Hinge {
  const straight = levels.map(({ mean }, index) => mean - turn * (rise[index] ?? NaN));
  const { slope, values } = projected(levels, straight);
  const expected = values.map((value, index) => value + turn * (rise[index] ?? NaN));
  const gain = misfitOf(levels, lineThrough(levels).expected) - misfitOf(levels, expected);
  const hinge = { slopeBefore: slope, slopeBeyond: slope + turn, expected, gain };
  return { sessions: Math.exp(at), range: rangeAt(at, hinge, levels), ...hinge };
}

/**
 * At the second level the first line has one level to itself, and may as well be steeper and end
 * earlier; not steeper than 1, since twice the sessions do not bring more than twice the throughput.
 * At the last but one the second line may begin as late as the last.
 */
function rangeAt(
  at: number,
  { slopeBeyond, expected }: Pick<Hinge, "slopeBeyond" | "expected">,
  levels: readonly Level[],
): Hinge["range"] {
  const logs = levels.map(({ sessions }) => Math.log(sessions));
  const [first = NaN, second = NaN] = logs;
  const [start = NaN, next = NaN] = expected;
  const isFirst = at === second;
  const isLast = at === logs.at(-2);
  // Where a line of slope 1 through the first level meets the second line.
  const earliest = (next - slopeBeyond * second - start + first) / (1 - slopeBeyond);
  const low = isFirst && slopeBeyond < 1 ? Math.min(at, Math.max(first, earliest)) : at;
  return { low: Math.exp(low), high: Math.exp(isLast ? (logs.at(-1) ?? NaN) : at) };
}

/** The best straight line through values at the levels. */
function projected(
  levels: readonly Level[],
  values: readonly number[],
): { slope: number; values: number[] } {
  let runs = 0;
  let sumX = 0;
  let sumY = 0;
  let sumXX = 0;
  let sumXY = 0;
  levels.forEach((level, index) => {
    const x = Math.log(level.sessions);
    const y = values[index] ?? NaN;
    runs += level.runs;
    sumX += level.runs * x;
    sumY += level.runs * y;
    sumXX += level.runs * x * x;
    sumXY += level.runs * x * y;
  });
  const slope = (runs * sumXY - sumX * sumY) / (runs * sumXX - sumX * sumX);
  const start = (sumY - slope * sumX) / runs;
  return { slope, values: levels.map(({ sessions }) => start + slope * Math.log(sessions)) };
}

function dot(one: Float64Array, other: Float64Array): number {
  let sum = 0;
  for (let index = 0; index < one.length; index++)
    sum += (one[index] ?? NaN) * (other[index] ?? NaN);
  return sum;
}
