/** The verdict of runs in rounds: what their comparison says, and what was wrong with them. Pure. */
import { counted } from "../core/counted.ts";
import { type Finding, type JudgedCode, type Verdict, verdictOf } from "../core/verdict.ts";
import type { PerformedRounds, SideRun } from "./rounds.ts";

/** Of a run that others are held against: what it leaves broken, at the server or in the data. */
export const codesOfReference: readonly JudgedCode[] = [94, 96];

/** Of a run that is judged itself: its thresholds as well. */
export const codesOfJudged: readonly JudgedCode[] = [94, 96, 93, 99];

/**
 * @param compared the verdict of the comparison alone, in which runs that are no evidence are told.
 * @param codesThatCount of each side's runs.
 */
export function judgeRounds<Side extends string>(
  compared: Verdict,
  performed: PerformedRounds<Side>,
  codesThatCount: Readonly<Record<Side, readonly JudgedCode[]>>,
): Verdict {
  const { runs, cutOff } = performed;
  const findings = [
    ...endedEarly(performed),
    ...[...runs, ...(cutOff === null ? [] : [cutOff])].flatMap((run) =>
      findingOf(run, codesThatCount[run.side]),
    ),
    ...findingsIn(compared),
  ];
  return verdictOf(findings, compared.reasons[0] ?? "");
}

/** Why there are fewer runs than planned; none: there are not. */
export function endedEarly({
  runs,
  planned,
  signal,
}: Pick<PerformedRounds<string>, "runs" | "planned" | "signal">): Finding[] {
  const ran = `after ${runs.length} of ${counted(planned, "run")}`;
  if (signal !== null) {
    const code = signal === "SIGINT" ? 130 : 143;
    const reason = `stopped by ${signal} ${ran}: compared is what was measured until then`;
    return [{ code, reason }];
  }
  if (runs.length === planned) return [];
  const reason = `given up ${ran}: none of the first round is evidence, and no further one would be`;
  return [{ code: 95, reason }];
}

function findingOf<Side extends string>(
  { folder, purpose, result: { verdict } }: SideRun<Side>,
  codesThatCount: readonly JudgedCode[],
): Finding[] {
  const { exitCode, reasons } = verdict;
  if (!isJudged(exitCode) || !codesThatCount.includes(exitCode)) return [];
  return [{ code: exitCode, reason: `${purpose} (runs/${folder}): ${reasons[0] ?? ""}` }];
}

function findingsIn({ exitCode, reasons }: Verdict): Finding[] {
  return isJudged(exitCode) ? reasons.map((reason) => ({ code: exitCode, reason })) : [];
}

export function isJudged(code: number): code is JudgedCode {
  return code !== 0;
}
