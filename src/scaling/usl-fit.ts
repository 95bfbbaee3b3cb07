/**
 * Least squares of the Universal Scalability Law to throughput: X(N) = gamma N / (1 + alpha (N - 1) +
 * beta N (N - 1)), alpha for queueing for what is shared, beta for keeping it consistent (N. J.
 * Gunther, Guerrilla Capacity Planning, 2007, chapter 4; arXiv:0808.1431). Of logarithms: noise is
 * proportional, so this is what weights of 1/X² are to throughput itself. The library is given no
 * weights: in 5.1 they multiply its errors, and divide the curvature that its steps go by.
 */
import { levenbergMarquardt } from "ml-levenberg-marquardt";
import { type Level, misfitOf } from "./series.ts";

export interface Usl {
  readonly alpha: number;
  readonly beta: number;
  /** Transactions a second of one session alone. */
  readonly gamma: number;
}

export interface UslCurve extends Usl {
  /** Logarithm of transactions a second at each level. */
  readonly expected: readonly number[];
  /** From the means: squares, by runs. */
  readonly misfit: number;
}

/** Which of them may differ from 0. */
type Free = Readonly<Record<"alpha" | "beta", boolean>>;

/**
 * Beyond it two sessions together do less than a fifth of what one does alone, which no load does.
 * Without a bound a flat series that does not begin at 1 sends alpha and gamma to infinity.
 */
const parameterMax = 10;

/** Where to start: each size that they come in. 0 is among them. */
const starts = [0, 1e-6, 1e-5, 1e-4, 1e-3, 3e-3, 0.01, 0.03, 0.1, 0.3, 1];

/** From the best of the starts it takes five to ten. */
const iterationsMax = 12;

/**
 * The best fit with alpha and beta not below 0. The library holds a parameter at its bound, but steps
 * on as if it had moved, and so stops short of the best for the others: therefore the fits without
 * one or both are made too, and the nearest is taken.
 */
export function uslThrough(levels: readonly Level[]): UslCurve {
  return nearest([
    fitted(levels, { alpha: true, beta: true }),
    fitted(levels, { alpha: true, beta: false }),
    fitted(levels, { alpha: false, beta: true }),
    curveOf(levels, 0, 0),
  ]);
}

function fitted(levels: readonly Level[], free: Free): UslCurve {
  const start = startOf(levels, free);
  // A level counts as often as it was run: once will do where all were run equally often.
  const isEven = levels.every((level) => level.runs === levels[0]?.runs);
  const runs = levels.flatMap((level) =>
    Array.from({ length: isEven ? 1 : level.runs }, () => level),
  );
  const data = { x: runs.map(({ sessions }) => sessions), y: runs.map(({ mean }) => mean) };
  const { parameterValues } = levenbergMarquardt(data, logThroughput, {
    initialValues: [Math.log(start.gamma), start.alpha, start.beta],
    jacobianFunction: (parameters) => gradient(parameters, free),
    minValues: [-Infinity, 0, 0],
    maxValues: [Infinity, parameterMax, parameterMax],
    maxIterations: iterationsMax,
    errorTolerance: 1e-12,
  });
  const [, alpha = NaN, beta = NaN] = parameterValues;
  return curveOf(levels, alpha, beta);
}

function startOf(levels: readonly Level[], free: Free): UslCurve {
  const alphas = free.alpha ? starts : [0];
  const betas = free.beta ? starts : [0];
  return nearest(alphas.flatMap((alpha) => betas.map((beta) => curveOf(levels, alpha, beta))));
}

function nearest(curves: readonly UslCurve[]): UslCurve {
  return curves.reduce((best, curve) => (curve.misfit < best.misfit ? curve : best));
}

/** With the gamma that fits them best: of logarithms it is a plain mean. */
function curveOf(levels: readonly Level[], alpha: number, beta: number): UslCurve {
  const shape = levels.map(({ sessions }) => logShape(sessions, alpha, beta));
  const runs = levels.reduce((sum, level) => sum + level.runs, 0);
  const apart = levels.map((level, index) => level.runs * (level.mean - (shape[index] ?? NaN)));
  const logGamma = apart.reduce((sum, value) => sum + value, 0) / runs;
  const expected = shape.map((value) => logGamma + value);
  return { alpha, beta, gamma: Math.exp(logGamma), expected, misfit: misfitOf(levels, expected) };
}

function logThroughput([logGamma = NaN, alpha = NaN, beta = NaN]: number[]) {
  return (sessions: number) => logGamma + logShape(sessions, alpha, beta);
}

/** By log gamma, alpha and beta; 0 by one that is not free, which holds it where it is. */
function gradient([, alpha = NaN, beta = NaN]: number[], free: Free) {
  return (sessions: number) => {
    const byQueueing = -(sessions - 1) / slowdown(sessions, alpha, beta);
    return [1, free.alpha ? byQueueing : 0, free.beta ? byQueueing * sessions : 0];
  };
}

/** Throughput as a multiple of that of one session, its logarithm. */
function logShape(sessions: number, alpha: number, beta: number): number {
  return Math.log(sessions / slowdown(sessions, alpha, beta));
}

function slowdown(sessions: number, alpha: number, beta: number): number {
  return 1 + alpha * (sessions - 1) + beta * sessions * (sessions - 1);
}
