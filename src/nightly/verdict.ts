/** One verdict for a night: of each run alone, and of each beside the nights before. Pure. */
import { changeText, movedText } from "../compare/sentence.ts";
import type { ComparedFigure } from "../compare/result.ts";
import { counted } from "../core/counted.ts";
import { type Finding, type JudgedCode, type Verdict, verdictOf } from "../core/verdict.ts";
import { acceptedAfterNights } from "./level.ts";
import type { Move, Night, NightRun } from "./result.ts";

interface NightJudged extends Pick<Night, "runs"> {
  /** What stopped it before its end. */
  readonly signal: "SIGINT" | "SIGTERM" | null;
  /** Of runs that were refused or failed, or lack what they are judged by; each names its run. */
  readonly troubles: readonly Finding[];
}

export function judgeNight({ runs, signal, troubles }: NightJudged): Verdict {
  const made = runs.filter(({ verdict }) => verdict !== null);
  const stopped: Finding[] =
    signal === null
      ? []
      : [
          {
            code: signal === "SIGINT" ? 130 : 143,
            reason: `stopped by ${signal} after ${made.length} of ${counted(runs.length, "run")}`,
          },
        ];
  // Before a run has its own say, the night has: that run's own 130 is the same signal's.
  const own = runs.flatMap(ownFindings).filter(({ code }) => signal === null || code < 130);
  const unmade = signal === null ? runs.flatMap((run) => unexplained(run, troubles)) : [];
  const findings = [...stopped, ...troubles, ...unmade, ...own, ...runs.flatMap(regressions)];
  return verdictOf(findings, fineText(runs));
}

/** A run without a result is no run that passed, whatever became of it. */
function unexplained(
  { name, verdict, problem }: NightRun,
  troubles: readonly Finding[],
): Finding[] {
  const isTold = troubles.some(({ reason }) => reason.startsWith(`${name}: `));
  if (verdict !== null || isTold) return [];
  return [{ code: 97, reason: `${name}: there is no result: ${problem ?? "it was not made"}` }];
}

function ownFindings({ name, verdict }: NightRun): Finding[] {
  if (verdict === null || verdict.exitCode === 0) return [];
  const code = verdict.exitCode as JudgedCode;
  return verdict.reasons.map((reason) => ({ code, reason: `${name}: ${reason}` }));
}

/** What became slower tonight; else what did in the last nights, and is not weak. */
function regressions({ name, variant, judgement, moves }: NightRun): Finding[] {
  if (judgement.kind === "judged" && judgement.verdict === "slower") {
    const [primary] = judgement.figures;
    const against = `against the ${counted(judgement.nights, "night")} before`;
    const differs = judgement.differences.find((text) => text.startsWith("variant:"));
    const why = differs === undefined ? "" : `; ${differs}`;
    return primary === undefined
      ? []
      : [
          {
            code: 98,
            reason: `${name}: ${changeOf(primary)} ${against}${intervalOf(primary)}${why}`,
          },
        ];
  }
  // What moved once more since then was mended, or is told by the later move.
  const last = moves.findLast(({ primary, isWeak }) => primary && !isWeak);
  if (last === undefined || !isFreshRegression(last)) return [];
  const which = variant === null ? "" : ` (variant ${variant})`;
  return [{ code: 98, reason: `${name}: ${moveText(last)}${which}` }];
}

/** Older ones are how it is now: whoever was told of them for a week has heard it. */
export function isFreshRegression({ primary, isWorse, isWeak, nightsAgo }: Move): boolean {
  return primary && isWorse && !isWeak && nightsAgo < acceptedAfterNights;
}

/** Such as "throughput fell by 31 % in the night of 2026-11-21, 3 nights ago". */
export function moveText({ figure, before, after, at, nightsAgo, isWeak }: Move): string {
  const when = nightsAgo === 0 ? "tonight" : `${counted(nightsAgo, "night")} ago`;
  const weak = isWeak ? "; one night is weak evidence" : "";
  return `${figure} ${movedText(after / before)} in the night of ${at.slice(0, 10)}, ${when}${weak}`;
}

function changeOf({ name, ratio }: ComparedFigure): string {
  return `${name} ${movedText(ratio)}`;
}

function intervalOf({ low, high }: ComparedFigure): string {
  return low === null || high === null
    ? ""
    : ` (95 % interval ${changeText(low)} to ${changeText(high)})`;
}

function fineText(runs: readonly NightRun[]): string {
  const judged = runs.filter(({ judgement }) => judgement.kind === "judged");
  const passed = `${counted(runs.length, "run")} passed`;
  if (judged.length === 0) return `${passed}; none is judged against earlier nights yet`;
  // Where a change could be missed, that none was found is no good news.
  const unstable = judged.filter(isUnstable).length;
  if (unstable === judged.length) {
    return `${passed}; beside the nights before ${unstable} of ${unstable} judged too noisy to tell`;
  }
  const noisy = unstable === 0 ? "" : `, ${unstable} too noisy to tell`;
  return `${passed}, none slower than in the nights before (${judged.length} judged${noisy})`;
}

function isUnstable({ judgement }: NightRun): boolean {
  return judgement.kind === "judged" && judgement.verdict === "unstable";
}
