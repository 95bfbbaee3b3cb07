/** When a run's figures moved, over all its nights. Pure. */
import type { ComparedFigure } from "../compare/result.ts";
import { figureKind, type Figures } from "../run/figures.ts";
import { changePoints } from "../statistics/e-divisive.ts";
import { meanOf } from "../statistics/spread.ts";
import { type EarlierRun, onGround } from "./level.ts";
import type { Judgement, Move, RunLine } from "./result.ts";

/** With fewer a change is mostly found where there is none, or not found where there is one. */
export const nightsForMoves = 30;

/** Half a year: what moved before that is no news, and the time to look goes with the square. */
const nightsMax = 180;

/** The same every night: a mark must come and go with the figures, not with the draw. */
const permutationSeed = 1;

interface Series {
  readonly run: Omit<RunLine, "judged">;
  /** When tonight began, ISO 8601. */
  readonly at: string;
  readonly primary: string;
  readonly earlier: readonly EarlierRun[];
  readonly judgement: Judgement;
}

interface NightValue {
  readonly at: string;
  readonly figures: Figures;
}

/** Settled ones, in order of the nights; then what tonight alone has. */
export function movesOf({ run, at, primary, earlier, judgement }: Series): readonly Move[] {
  const nights: NightValue[] = [...onGround(earlier, run), { ...run, at }].slice(-nightsMax);
  const settled = Object.keys(run.figures).flatMap((figure) => settledMoves(figure, nights));
  const moves = [...settled, ...weakMoves(judgement, at)];
  return moves
    .map((move) => ({ ...move, primary: move.figure === primary }))
    .sort((one, other) => other.nightsAgo - one.nightsAgo);
}

type Found = Omit<Move, "primary">;

function settledMoves(figure: string, all: readonly NightValue[]): Found[] {
  const nights = all.filter(({ figures }) => figures[figure] !== undefined);
  if (nights.length < nightsForMoves) return [];
  const values = nights.map(({ figures }) => Math.log(figures[figure] ?? NaN));
  const points = changePoints(values, permutationSeed);
  const bounds = [0, ...points, values.length];
  return points.flatMap((point, index) => {
    const before = meanOf(values.slice(bounds[index], point));
    const after = meanOf(values.slice(point, bounds[index + 2]));
    const night = nights[point];
    const { margin, better } = figureKind(figure);
    if (night === undefined || Math.abs(after - before) < Math.log(1 + margin)) return [];
    return {
      figure,
      at: night.at,
      nightsAgo: nights.length - 1 - point,
      before: Math.exp(before),
      after: Math.exp(after),
      isWorse: better === "higher" ? after < before : after > before,
      isWeak: false,
    };
  });
}

/** A single night beyond what chance explains may be a change, or the machine's bad night. */
function weakMoves(judgement: Judgement, at: string): Found[] {
  if (judgement.kind === "not-judged") return [];
  return judgement.figures.filter(hasMoved).map(({ name, baseline, candidate, verdict }) => ({
    figure: name,
    at,
    nightsAgo: 0,
    before: baseline,
    after: candidate,
    isWorse: verdict === "slower",
    isWeak: true,
  }));
}

function hasMoved({ verdict }: ComparedFigure): boolean {
  return verdict === "slower" || verdict === "faster";
}
