/** Tonight's runs beside those of the nights before: which of them have become slower? Pure. */
import { comparedFigures } from "../compare/figures.ts";
import type { ComparedFigure, ComparedVerdict } from "../compare/result.ts";
import { counted } from "../core/counted.ts";
import type { Figures } from "../run/figures.ts";
import { holm } from "../statistics/holm.ts";
import { type EarlierRun, levelOf, onGround } from "./level.ts";
import type { Judgement, RunLine } from "./result.ts";

export interface JudgedRun {
  readonly run: Omit<RunLine, "judged">;
  readonly primary: string;
  /** Of the same name, oldest first. */
  readonly earlier: readonly EarlierRun[];
  /** Equal runs of this machine that are no nights, a group for each kind. */
  readonly remembered: readonly (readonly Figures[])[];
  /** What differs from the night before; sentences. */
  readonly differences: readonly string[];
}

/** From so many nights on they tell without other runs how much nights differ: with fewer, t has less than 3 degrees of freedom. */
const nightsMin = 4;

/**
 * Of a hundred nights without a change one may raise a false alarm: of a nightly job that cries wolf
 * once a month nobody reads the next message.
 */
const alarmLevel = 0.01;

/** In the order given. Of many runs a night some differ by chance: Holm's correction goes over all that are judged. */
export function judgeRuns(runs: readonly JudgedRun[]): readonly Judgement[] {
  const all = runs.map(held);
  const judged = all.filter((one) => "figures" in one);
  const corrected = holm(judged.map(({ figures }) => figures[0]?.p ?? 1));
  return all.map((one) => {
    if (!("figures" in one)) return { kind: "not-judged", why: one.why };
    const [primary] = one.figures;
    const correctedP = corrected[judged.indexOf(one)] ?? null;
    return { kind: "judged", verdict: verdictOf(primary, correctedP), correctedP, ...one };
  });
}

type Held = Omit<Extract<Judgement, { kind: "judged" }>, "kind" | "verdict" | "correctedP">;

function held({
  run,
  primary,
  earlier,
  remembered,
  differences,
}: JudgedRun): Held | { why: string } {
  if (run.figures[primary] === undefined) {
    return { why: withoutFigure(run, primary) };
  }
  const level = levelOf(withFigure({ run, primary, earlier }));
  if (level.length === 0) return { why: firstText(earlier) };
  const figures = comparedFigures({
    baseline: level.map((one) => one.figures),
    candidate: [run.figures],
    remembered,
    primary,
    margin: null,
  });
  const [first] = figures;
  // With fewer degrees of freedom it is not known how much nights differ.
  if (first?.p == null) return { why: `${counted(level.length, "night")} of ${nightsMin}` };
  const equal = remembered.reduce((sum, group) => sum + group.length, 0);
  return { nights: level.length, remembered: equal, figures, differences };
}

/** One night without it must not end the judging of all that come after. */
function withFigure({
  run,
  primary,
  earlier,
}: Pick<JudgedRun, "run" | "primary" | "earlier">): readonly EarlierRun[] {
  return onGround(earlier, run).filter(({ figures }) => figures[primary] !== undefined);
}

/**
 * That tonight lacks what earlier nights were judged by, though it is evidence: a run that ended too
 * soon, or became too slow for a percentile, must not pass for one that nobody could judge. Else null.
 */
export function lostFigure(judged: JudgedRun): string | null {
  const { run, primary } = judged;
  const isEvidence = Object.keys(run.figures).length > 0;
  const before = withFigure(judged).length;
  if (!isEvidence || run.figures[primary] !== undefined || before === 0) return null;
  return `${withoutFigure(run, primary)}, by which it is judged and which ${counted(before, "night")} before had`;
}

/** Of a run that is evidence, a percentile may be missing: its sample does not support it. */
function withoutFigure({ figures, exitCode }: JudgedRun["run"], primary: string): string {
  const isEvidence = Object.keys(figures).length > 0;
  return isEvidence
    ? `too few transactions for a ${primary}`
    : `no evidence tonight, it ended with ${exitCode}`;
}

function firstText(earlier: readonly EarlierRun[]): string {
  if (earlier.length === 0) return `first night of ${nightsMin}`;
  return `first night of ${nightsMin} on this ground, for ${counted(earlier.length, "night")} before had another machine, server or plan, or are no evidence`;
}

/** As the comparison found it, but an alarm has to stand among all those of the night. */
function verdictOf(
  primary: ComparedFigure | undefined,
  correctedP: number | null,
): ComparedVerdict {
  if (primary === undefined || correctedP === null) return "unstable";
  const isAlarm = primary.verdict === "slower" || primary.verdict === "faster";
  return isAlarm && correctedP >= alarmLevel ? "unstable" : primary.verdict;
}
