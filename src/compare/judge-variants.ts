/** The verdict of variants in rounds: each finding once a variant, and how many of its runs have it. Pure. */
import { counted } from "../core/counted.ts";
import { type Finding, type JudgedCode, type Verdict, verdictOf } from "../core/verdict.ts";
import { isEvidence } from "../run/equal-runs.ts";
import { codesOfJudged, codesOfReference, endedEarly, isJudged } from "./judge-rounds.ts";
import type { PerformedRounds, SideRun } from "./rounds.ts";

type Run = SideRun<string>;

/** `names`: of the variants, the first is the one that the others are held against. */
export function judgeVariants(
  names: readonly string[],
  performed: PerformedRounds<string>,
  whenFine: string,
): Verdict {
  const { runs, cutOff } = performed;
  const all = cutOff === null ? runs : [...runs, cutOff];
  const findings = names.flatMap((name, index) =>
    findingsOf(
      all.filter(({ side }) => side === name),
      index === 0 ? codesOfReference : codesOfJudged,
    ),
  );
  return verdictOf([...endedEarly(performed), ...findings], whenFine);
}

/** What one run was found to be. */
interface Found {
  readonly run: Run;
  readonly code: JudgedCode;
  readonly reason: string;
  /** Tells it from other findings, and is the same in each run that has it. */
  readonly kind: string;
}

/** Of one variant's runs. */
function findingsOf(runs: readonly Run[], codesThatCount: readonly JudgedCode[]): Finding[] {
  const byKind = new Map<string, Found[]>();
  for (const found of runs.flatMap((run) => foundIn(run, codesThatCount))) {
    byKind.set(found.kind, [...(byKind.get(found.kind) ?? []), found]);
  }
  return [...byKind.values()].flatMap((found) => findingOf(found, runs.length));
}

function foundIn(run: Run, codesThatCount: readonly JudgedCode[]): Found[] {
  const { verdict } = run.result;
  const { exitCode, reasons } = verdict;
  if (isJudged(exitCode) && codesThatCount.includes(exitCode)) {
    return reasons.map((reason) => foundAs(run, exitCode, reason));
  }
  if (isEvidence(run.result)) return [];
  // A fault without effect is no invalid measurement: it stays what it was found to be.
  const code = exitCode === 95 ? 95 : 97;
  const reason = `no evidence, ended with ${exitCode}: ${reasons[0] ?? ""}`;
  return [{ ...foundAs(run, code, reason), kind: `${exitCode} ${kindOf(reasons[0] ?? "")}` }];
}

function foundAs(run: Run, code: JudgedCode, reason: string): Found {
  return { run, code, reason, kind: `${code} ${kindOf(reason)}` };
}

/** What is said before its evidence, without the figures, which differ from run to run. */
function kindOf(reason: string): string {
  const [what = ""] = reason.split(": ", 1);
  return what.replaceAll(/\d[\d.,]*/g, "#");
}

/** `differential: 4 of 5 runs: the invariant … is broken: <evidence of the first>`. */
function findingOf(found: readonly Found[], runCount: number): Finding[] {
  const [first] = found;
  if (first === undefined) return [];
  const { run, code, reason } = first;
  const where = found.length === 1 ? "" : "the first: ";
  return [
    {
      code,
      reason: `${run.purpose}: ${found.length} of ${counted(runCount, "run")}: ${reason} (${where}runs/${run.folder})`,
    },
  ];
}
