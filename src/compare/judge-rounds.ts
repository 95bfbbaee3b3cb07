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
  { runs, cutOff, planned, signal }: PerformedRounds<Side>,
  codesThatCount: Readonly<Record<Side, readonly JudgedCode[]>>,
): Verdict {
  const findings = [
    ...(signal === null ? [] : [stopped(signal, runs.length, planned)]),
    ...[...runs, ...(cutOff === null ? [] : [cutOff])].flatMap((run) =>
      findingOf(run, codesThatCount[run.side]),
    ),
    ...findingsIn(compared),
  ];
  return verdictOf(findings, compared.reasons[0] ?? "");
}

/** Of `planned` runs. */
export function stopped(signal: "SIGINT" | "SIGTERM", runs: number, planned: number): Finding {
  const code = signal === "SIGINT" ? 130 : 143;
  const reason = `stopped by ${signal} after ${runs} of ${counted(planned, "run")}: compared is what was measured until then`;
  return { code, reason };
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
