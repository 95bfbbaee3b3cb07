/** The verdict of an A/B: what the comparison says, and what was wrong with its runs. Pure. */
import { counted } from "../core/counted.ts";
import { type Finding, type JudgedCode, type Verdict, verdictOf } from "../core/verdict.ts";
import type { SideName, SideRun } from "./rounds.ts";

interface Around {
  /** In the order performed. */
  readonly runs: readonly SideRun[];
  /** The run that the user stopped half way; null: there is none. */
  readonly cutOff: SideRun | null;
  /** How many runs were to be made. */
  readonly planned: number;
  /** What stopped it before its end. */
  readonly signal: "SIGINT" | "SIGTERM" | null;
}

/**
 * What a run leaves broken, at the server or in the data, counts whatever the sides come to. The
 * thresholds are the candidate's to hold: a baseline that fails them is no fault of what is judged.
 */
const codesThatCount: Readonly<Record<SideName, readonly number[]>> = {
  baseline: [94, 96],
  candidate: [94, 96, 93, 99],
};

/** `compared`: the verdict of the comparison alone, in which runs that are no evidence are told. */
export function judgeInterleaved(
  compared: Verdict,
  { runs, cutOff, planned, signal }: Around,
): Verdict {
  const findings = [
    ...(signal === null ? [] : [stopped(signal, runs.length, planned)]),
    ...[...runs, ...(cutOff === null ? [] : [cutOff])].flatMap(findingOf),
    ...findingsIn(compared),
  ];
  return verdictOf(findings, compared.reasons[0] ?? "");
}

function stopped(signal: "SIGINT" | "SIGTERM", runs: number, planned: number): Finding {
  const code = signal === "SIGINT" ? 130 : 143;
  const reason = `stopped by ${signal} after ${runs} of ${counted(planned, "run")}: compared is what was measured until then`;
  return { code, reason };
}

function findingOf({ side, folder, purpose, result: { verdict } }: SideRun): Finding[] {
  const { exitCode, reasons } = verdict;
  if (!isJudged(exitCode) || !codesThatCount[side].includes(exitCode)) return [];
  return [{ code: exitCode, reason: `${purpose} (runs/${folder}): ${reasons[0] ?? ""}` }];
}

function findingsIn({ exitCode, reasons }: Verdict): Finding[] {
  return isJudged(exitCode) ? reasons.map((reason) => ({ code: exitCode, reason })) : [];
}

function isJudged(code: number): code is JudgedCode {
  return code !== 0;
}
