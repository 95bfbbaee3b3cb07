/** The verdict of a sweep, from those of its runs and from what it found. Pure. */
import { counted } from "../core/counted.ts";
import { type Finding, type Verdict, verdictOf, type JudgedCode } from "../core/verdict.ts";
import type { LimitedBy } from "../scaling/limit.ts";
import type { Ran } from "./campaign.ts";
import type { SweepResult } from "./result.ts";

export interface SweepJudged extends Pick<
  SweepResult,
  "knee" | "kneeEvidence" | "limitedBy" | "explainedAt"
> {
  /** The sweep's own. */
  readonly runs: readonly Ran[];
  /** Of changed plans, and the one that was stopped half way. */
  readonly others: readonly Ran[];
  /** What stopped it before its end. */
  readonly signal: "SIGINT" | "SIGTERM" | null;
}

export function judgeSweep(judged: SweepJudged): Verdict {
  const { signal, runs, others, knee, kneeEvidence, limitedBy, explainedAt } = judged;
  const findings = [
    ...(signal === null ? [] : [stopped(signal, runs.length)]),
    ...findingsOf(runs, codesOf),
    // Their figures judge nothing; what they leave broken, at the server or in the data, is told.
    ...findingsOf(others, (ran) => codesOf(ran).filter((code) => code === 94 || code === 96)),
    ...(limitedBy.kind === "generator"
      ? [finding(97, `the load generator itself limits: ${limitedBy.evidence}`)]
      : []),
    ...(knee === null && signal === null ? [finding(93, kneeEvidence)] : []),
  ];
  return verdictOf(
    findings,
    `${kneeEvidence}; at ${explainedAt ?? 0} sessions it is limited by: ${limitText(limitedBy)}`,
  );
}

function finding(code: JudgedCode, reason: string): Finding {
  return { code, reason };
}

function stopped(signal: "SIGINT" | "SIGTERM", runs: number): Finding {
  const code = signal === "SIGINT" ? 130 : 143;
  return finding(code, `stopped by ${signal} after ${counted(runs, "run")}`);
}

/** What is wrong with a run is wrong with the sweep: the first of each kind is told, the others are counted. */
function findingsOf(
  runs: readonly Ran[],
  codesIn: (ran: Ran) => readonly JudgedCode[],
): readonly Finding[] {
  const codes = new Set(runs.flatMap(codesIn));
  return [...codes].flatMap((code): Finding[] => {
    const those = runs.filter((ran) => codesIn(ran).includes(code));
    const [first] = those;
    // A limit of six is not felt by four sessions: a fault must take effect in one of the runs.
    if (first === undefined || (code === 95 && those.length < runs.length)) return [];
    const others = those.length === 1 ? "" : ` (and in ${counted(those.length - 1, "other run")})`;
    return [finding(code, `${first.purpose}${others}: ${reasonFor(code, first)}`)];
  });
}

/** Why a run ended so; with an idle fault, whose code comes first, also what its thresholds came to. */
function codesOf({ result: { verdict, thresholds } }: Ran): readonly JudgedCode[] {
  const { exitCode } = verdict;
  if (!isJudged(exitCode)) return [];
  if (exitCode !== 95) return [exitCode];
  const judged = thresholds.map((threshold) => threshold.judged);
  return [
    95,
    ...(judged.includes("unknown") ? [93 as const] : []),
    ...(judged.includes("fail") ? [99 as const] : []),
  ];
}

function reasonFor(code: JudgedCode, { result: { verdict, thresholds } }: Ran): string {
  if (code === verdict.exitCode) return verdict.reasons[0] ?? "";
  const judged = code === 99 ? "fail" : "unknown";
  return thresholds.find((threshold) => threshold.judged === judged)?.problem ?? "";
}

function isJudged(code: number): code is JudgedCode {
  return code !== 0;
}

/** Such as "pool", "service-gate schema-lock", "unknown (probably io)". */
function limitText({ kind, name, suspected }: LimitedBy): string {
  const probably = suspected === null ? "" : ` (probably ${suspected})`;
  return `${kind}${name === null ? "" : ` ${name}`}${probably}`;
}
