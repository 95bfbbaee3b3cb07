/** The answer of a sweep, line by line: where it stops scaling, where the queue is, what limits. */
import { counted } from "../core/counted.ts";
import { percent } from "../scaling/figures.ts";
import { isKnown, partWords } from "../scaling/place-words.ts";
import type { SweepResult, SweepStep } from "../sweep/result.ts";
import { digits, timeText } from "./figures.ts";
import { limitWords, queueWords } from "./scaling-words.ts";
import type { Line } from "./section.ts";

export function answerLines(result: SweepResult): readonly Line[] {
  const step = result.steps.find(({ sessions }) => sessions === result.explainedAt);
  return [
    ["knee", result.kneeEvidence],
    ["USL", uslText(result.usl)],
    ...explainedLines(result),
    ["waits at", queueWords(result.waitsAt)],
    ...(step === undefined ? [] : [...whereLines(step), ...blockedLines(step)]),
    ...limitLines(result.limitedBy),
    ...boundLines(result.bounds),
  ];
}

/** Once for all lines below it: the cause there need not be that of the knee. */
function explainedLines({ explainedAt, knee }: SweepResult): Line[] {
  if (explainedAt === null) return [];
  const notAbout = knee === null ? "fewer" : "the knee";
  return [
    [
      "explained",
      `at ${counted(explainedAt, "session")}, the most of this sweep: what follows is about these, not about ${notAbout}`,
    ],
  ];
}

/** The largest parts of the time, as far as they are worth a word. */
const partsShown = 4;
const shareMin = 0.01;

function whereLines({ parts }: SweepStep): Line[] {
  const told = parts.filter(({ share }) => share >= shareMin).slice(0, partsShown);
  if (told.length === 0) return [];
  return [
    ["time goes", told.map((part) => `${percent(part.share)} ${partWords(part)}`).join(", ")],
  ];
}

/** Where less of the time is waited for locks, nobody asks whose they are. */
const lockShareMin = 0.1;
const edgesShown = 3;

function blockedLines({ parts, edges }: SweepStep): Line[] {
  const locks = parts.filter(({ kind }) => kind === "lock");
  const share = locks.reduce((sum, part) => sum + part.share, 0);
  if (share < lockShareMin || edges.length === 0) return [];
  // The server's observer tells edges of one relation apart by the mode of the lock, too.
  const sessions = new Map<string, number>();
  for (const edge of edges) {
    const text = edgeText(edge);
    sessions.set(text, (sessions.get(text) ?? 0) + edge.sessions);
  }
  const largest = [...sessions].sort(([, one], [, other]) => other - one).slice(0, edgesShown);
  const told = largest.map(([text, mean]) => `${text} (${mean.toFixed(1)} sessions)`);
  return [["blocked by", told.join("; ")]];
}

function edgeText({ blocked, blocker, relation }: SweepStep["edges"][number]): string {
  return `${blocked} waits for ${blocker}${isKnown(relation) ? ` over ${relation}` : ""}`;
}

/** The evidence tells of every relief, with what was predicted and measured. */
function limitLines(limitedBy: SweepResult["limitedBy"]): Line[] {
  const { shares, evidence } = limitedBy;
  const used = Object.entries(shares)
    .sort(([, one], [, other]) => other - one)
    .map(
      ([label, share]) => `${label.replace(/:unknown$/, "").replace(":", " ")} ${percent(share)}`,
    );
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
    sessionsAtBound === null
      ? ""
      : `, reached from ${sessionsAtBound.toFixed(1)} sessions on ((R+Z)/Dmax)`;
  const demand = `${timeText(largest.seconds * 1_000_000)} of ${largest.resource} a transaction, ${percent(largest.utilisation)} in use`;
  return [["bounds", `no more than ${digits(perSecondMax)}/s (1/Dmax)${reached}; Dmax: ${demand}`]];
}

const unfittedText =
  "not shown: it takes four numbers of sessions or more, each run at least twice, and no run that committed nothing";

function uslText(usl: SweepResult["usl"]): string {
  if (usl === null) return unfittedText;
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
