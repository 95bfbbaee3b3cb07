/** What is told of a night: a line a run, and below what must not be overlooked. */
import { changeText, movedText } from "../compare/sentence.ts";
import type { ComparedFigure } from "../compare/result.ts";
import { counted } from "../core/counted.ts";
import { figureKind } from "../run/figures.ts";
import type { Judgement, Move, Night, NightRun } from "../nightly/result.ts";
import { moveText } from "../nightly/verdict.ts";
import { valueText } from "./figures.ts";
import type { Section } from "./section.ts";

export function nightSection({ runs }: Pick<Night, "runs">): Section {
  return {
    title: "Runs",
    heading: ["run", "verdict", "figure", "tonight", "against the nights before", "95 % interval"],
    rows: runs.map((run) => [
      run.name,
      verdictCell(run),
      run.primary,
      figureText(run.primary, run.figures[run.primary] ?? null),
      ...judgementCells(run.judgement),
    ]),
    remarks: [...runs.flatMap(remarksOf), ...notJudgedText(runs)],
  };
}

function verdictCell({ verdict }: NightRun): string {
  if (verdict === null) return "not made";
  return verdict.exitCode === 0 ? verdict.status : `${verdict.status} ${verdict.exitCode}`;
}

/** With the unit of its figure; a dash for none. */
export function figureText(name: string, value: number | null): string {
  if (value === null) return "–";
  return valueText(value, figureKind(name).unit);
}

function judgementCells(judgement: Judgement): readonly [string, string] {
  if (judgement.kind === "not-judged") return ["not judged", "–"];
  const [primary] = judgement.figures;
  if (primary === undefined) return ["–", "–"];
  return [`${judgement.verdict} ${changeText(primary.ratio)}`, intervalText(primary)];
}

function intervalText({ low, high }: ComparedFigure): string {
  return low === null || high === null ? "–" : `${changeText(low)} to ${changeText(high)}`;
}

/** The worst of it, what was made again, and when its figures moved. */
function remarksOf(run: NightRun): string[] {
  const { name, verdict, problem, discarded, judgement, moves } = run;
  const worst = verdict === null || verdict.exitCode === 0 ? problem : verdict.reasons[0];
  return [
    ...(worst == null ? [] : [`${name}: ${worst}`]),
    ...(discarded === null
      ? []
      : [`${name}: made once more, since ${discarded.folder} was invalid: ${discarded.reason}`]),
    ...unstableText(run),
    ...(judgement.kind === "judged" && judgement.differences.length > 0
      ? [`${name}: differs from the night before: ${judgement.differences.join("; ")}`]
      : []),
    ...movesText(name, moves),
  ];
}

/** Those for the same reason in one sentence. */
function notJudgedText(runs: readonly NightRun[]): string[] {
  const byReason = new Map<string, string[]>();
  for (const { name, judgement } of runs) {
    if (judgement.kind === "judged") continue;
    byReason.set(judgement.why, [...(byReason.get(judgement.why) ?? []), name]);
  }
  return [...byReason].map(
    ([why, names]) => `not judged against earlier nights: ${names.join(", ")}: ${why}`,
  );
}

/** That nothing was found where nothing could be is no good news. */
function unstableText({ name, judgement }: NightRun): string[] {
  if (judgement.kind !== "judged" || judgement.verdict !== "unstable") return [];
  const [primary] = judgement.figures;
  if (primary === undefined) return [];
  const known = [
    counted(judgement.nights, "night"),
    ...(judgement.remembered > 0 ? [counted(judgement.remembered, "equal run")] : []),
  ].join(" and ");
  return [
    `${name}: unstable: ${primary.name} ${movedText(primary.ratio)}, but ${known} differ so much that a change of ${Math.round(primary.margin * 100)} % can be missed`,
  ];
}

function movesText(name: string, moves: readonly Move[]): string[] {
  const settled = moves.filter(({ isWeak }) => !isWeak).map(moveText);
  const weak = moves.filter(({ isWeak, primary }) => isWeak && !primary);
  return [
    ...settled.map((text) => `${name}: ${text}`),
    ...(weak.length === 0
      ? []
      : [
          `${name}: tonight alone, which is weak evidence: ${weak.map(({ figure, before, after }) => `${figure} ${movedText(after / before)}`).join(", ")}`,
        ]),
  ];
}

/** Where the nights are kept, and how many there are. */
export function historyText({ history, suite }: Pick<Night, "history" | "suite">): string {
  const unreadable =
    history.unreadable === 0
      ? ""
      : `; ${counted(history.unreadable, "line")} there can be read as no night, and count as none`;
  return `${counted(history.nights, "night")} of ${suite.name} before this one, in ${history.file}${unreadable}`;
}
