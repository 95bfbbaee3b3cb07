/** The verdict of a sweep, from those of its runs and from what it found. Pure. */
import { counted } from "../core/counted.ts";
import { type Finding, type Verdict, verdictOf, type JudgedCode } from "../core/verdict.ts";
import type { LimitedBy } from "../scaling/limit.ts";
import type { Ran } from "./campaign.ts";
import type { SweepResult } from "./result.ts";

export interface SweepJudged extends Pick<
  SweepResult,
  "knee" | "kneeEvidence" | "limitedBy" | "waitsAt"
> {
  /** The sweep's own. */
  readonly runs: readonly Ran[];
  /** What stopped it before its end. */
  readonly signal: "SIGINT" | "SIGTERM" | null;
}

export function judgeSweep(judged: SweepJudged): Verdict {
  const { signal, runs, knee, kneeEvidence, limitedBy } = judged;
  const findings = [
    ...(signal === null ? [] : [stopped(signal, runs.length)]),
    ...runFindings(runs),
    ...(limitedBy.kind === "generator"
      ? [finding(97, `the load generator itself limits: ${limitedBy.evidence}`)]
      : []),
    ...(knee === null && signal === null ? [finding(93, kneeEvidence)] : []),
  ];
  return verdictOf(findings, `${kneeEvidence}; limited by: ${limitText(limitedBy)}`);
}

function finding(code: JudgedCode, reason: string): Finding {
  return { code, reason };
}

function stopped(signal: "SIGINT" | "SIGTERM", runs: number): Finding {
  const code = signal === "SIGINT" ? 130 : 143;
  return finding(code, `stopped by ${signal} after ${counted(runs, "run")}`);
}

/** What is wrong with a run is wrong with the sweep: the first of each kind is told, the others are counted. */
function runFindings(runs: readonly Ran[]): readonly Finding[] {
  const codes = new Set(runs.map(({ result }) => result.verdict.exitCode));
  return [...codes].filter(isJudged).flatMap((code): Finding[] => {
    const those = runs.filter(({ result }) => result.verdict.exitCode === code);
    const [first] = those;
    // A limit of six is not felt by four sessions: a fault must take effect in one of the runs.
    if (first === undefined || (code === 95 && those.length < runs.length)) return [];
    const others = those.length === 1 ? "" : ` (and in ${counted(those.length - 1, "other run")})`;
    const reason = `${first.purpose}${others}: ${first.result.verdict.reasons[0] ?? ""}`;
    return [finding(code, reason)];
  });
}

function isJudged(code: number): code is JudgedCode {
  return code !== 0;
}

/** Such as "pool", "service-gate schema-lock", "unknown (probably io)". */
function limitText({ kind, name, suspected }: LimitedBy): string {
  const probably = suspected === null ? "" : ` (probably ${suspected})`;
  return `${kind}${name === null ? "" : ` ${name}`}${probably}`;
}
