/** Two sides of stored runs: is the candidate the same as the baseline, faster or slower? Pure. */
import { type Finding, type Verdict, verdictOf } from "../core/verdict.ts";
import { isEvidence } from "../run/equal-runs.ts";
import { figuresOf, type Figures, primaryFigure } from "../run/figures.ts";
import type { StoredRun } from "../run/stored-run.ts";
import { comparability } from "./comparability.ts";
import { comparedFigures } from "./figures.ts";
import type { ComparedFigure, ComparedSide, Comparison } from "./result.ts";
import { sentenceOf } from "./sentence.ts";

export interface Side {
  readonly name: string;
  /** At least one. */
  readonly runs: readonly StoredRun[];
}

export interface CompareInput {
  readonly baseline: Side;
  readonly candidate: Side;
  /** Equal runs of each kind compared, none of them among these. */
  readonly remembered: readonly (readonly Figures[])[];
  /** The smallest change of the primary figure that matters, as a share; null: the figure's own. */
  readonly margin: number | null;
}

/** Whether they are all of a closed loop, or all of an open one: else there is no figure to judge them by. */
export function haveOnePace(runs: readonly StoredRun[]): boolean {
  return new Set(runs.map(({ result }) => result.plan.rate === null)).size === 1;
}

/** Of runs with one pace. */
export function compare({ baseline, candidate, remembered, margin }: CompareInput): Comparison {
  const all = [...baseline.runs, ...candidate.runs];
  const primary = primaryFigure(all[0]?.result.plan.rate ?? null);
  const metrics = comparedFigures({
    baseline: baseline.runs.map(({ result }) => figuresOf(result)),
    candidate: candidate.runs.map(({ result }) => figuresOf(result)),
    remembered,
    primary,
    margin,
  });
  const noise = {
    compared: all.length,
    remembered: remembered.reduce((sum, group) => sum + group.length, 0),
  };
  const judgedBy = metrics.find((figure) => figure.primary) ?? null;
  return {
    schema: "loadgen.compare/1",
    verdict: judgedBy?.verdict ?? "unstable",
    judgement: judgementOf(all, { primary, judgedBy }),
    baseline: sideOf(baseline),
    candidate: sideOf(candidate),
    noise,
    metrics,
    comparability: comparability(baseline.runs, candidate.runs),
  };
}

function sideOf({ name, runs }: Side): ComparedSide {
  return { name, folders: runs.map(({ folder }) => folder) };
}

interface Primary {
  readonly primary: string;
  /** Null: not all runs have it. */
  readonly judgedBy: ComparedFigure | null;
}

function judgementOf(runs: readonly StoredRun[], { primary, judgedBy }: Primary): Verdict {
  const findings = noEvidence(runs);
  if (judgedBy === null) {
    findings.push({ code: 97, reason: lackingText(runs, primary) });
    return verdictOf(findings, "");
  }
  const sentence = sentenceOf(judgedBy);
  if (judgedBy.verdict === "slower") findings.push({ code: 98, reason: sentence });
  if (judgedBy.verdict === "unstable") findings.push({ code: 93, reason: sentence });
  return verdictOf(findings, sentence);
}

/** Of runs whose figures say nothing of what was measured. */
function noEvidence(runs: readonly StoredRun[]): Finding[] {
  return runs
    .filter(({ result }) => !isEvidence(result))
    .map(({ folder, result }) => ({
      // A fault without effect is no invalid measurement: it stays what it was found to be.
      code: result.verdict.exitCode === 95 ? 95 : 97,
      reason: `${folder} is no evidence, it ended with ${result.verdict.exitCode}: ${result.verdict.reasons[0] ?? ""}`,
    }));
}

function lackingText(runs: readonly StoredRun[], primary: string): string {
  const lacking = runs.filter(({ result }) => !(primary in figuresOf(result)));
  const folders = lacking.map(({ folder }) => folder).join(", ");
  return `there is no ${primary} to compare by in ${folders}: expected runs with enough transactions for one`;
}
