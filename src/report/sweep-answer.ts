/** The answer of a sweep, line by line: where it stops scaling, where the queue is, what limits. */
import { counted } from "../core/counted.ts";
import type { SweepResult } from "../sweep/result.ts";
import { digits, timeText } from "./figures.ts";
import { limitWords, partWords, percent, queueWords } from "./scaling-words.ts";
import type { Line } from "./section.ts";

export function answerLines(result: SweepResult): readonly Line[] {
  return [
    ["knee", result.kneeEvidence],
    ["waits at", queueWords(result.waitsAt)],
    ...whereLines(result),
    ...limitLines(result.limitedBy),
    ...boundLines(result.bounds),
    ["USL", uslText(result.usl)],
  ];
}

/** The largest parts of the time, as far as they are worth a word. */
const partsShown = 4;
const shareMin = 0.01;

function whereLines({ steps, explainedAt }: SweepResult): Line[] {
  const parts = steps.find(({ sessions }) => sessions === explainedAt)?.parts ?? [];
  const told = parts.filter(({ share }) => share >= shareMin).slice(0, partsShown);
  if (explainedAt === null || told.length === 0) return [];
  const text = told.map((part) => `${percent(part.share)} ${partWords(part)}`).join(", ");
  return [["time goes", `at ${counted(explainedAt, "session")}: ${text}`]];
}

/** The evidence tells of every relief, with what was predicted and measured. */
function limitLines(limitedBy: SweepResult["limitedBy"]): Line[] {
  const { shares, evidence } = limitedBy;
  const used = Object.entries(shares)
    .sort(([, one], [, other]) => other - one)
    .map(([label, share]) => `${label.replace(":", " ")} ${percent(share)}`);
  return [
    ["limited by", `${limitWords(limitedBy)}: ${evidence}`],
    ...(used.length === 0
      ? []
      : [["suspects", `in use, or waited for: ${used.join(", ")}`] as const]),
  ];
}

/** The operational laws: what the largest demand allows, whatever else is mended. */
function boundLines(bounds: SweepResult["bounds"]): Line[] {
  const largest = bounds?.demands[0];
  if (bounds === null || largest === undefined || bounds.perSecondMax === null) return [];
  const { perSecondMax, sessionsAtBound } = bounds;
  const reached =
    sessionsAtBound === null ? "" : `, reached from N* = ${digits(sessionsAtBound)} sessions on`;
  const demand = `${timeText(largest.seconds * 1_000_000)} of it a transaction, ${percent(largest.utilisation)} in use`;
  return [["bounds", `X ≤ ${digits(perSecondMax)}/s${reached}, by ${largest.resource}: ${demand}`]];
}

function uslText(usl: SweepResult["usl"]): string {
  if (usl === null) return "not shown: it takes four numbers of sessions or more, each run twice";
  if (!usl.adequate) return `not shown: ${usl.evidence}`;
  const { alpha, beta, gamma, intervals, peak } = usl;
  const told = (value: number, { low, high }: { low: number; high: number }) =>
    `${digits(value)} (${digits(low)} to ${digits(high)})`;
  const top =
    peak === null ? "no peak within what was measured" : `peak at ${digits(peak)} sessions`;
  return (
    `alpha ${told(alpha, intervals.alpha)}, beta ${told(beta, intervals.beta)}, ` +
    `gamma ${told(gamma, intervals.gamma)}/s; ${top}`
  );
}
