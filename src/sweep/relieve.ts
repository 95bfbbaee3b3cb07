/** Relieves the suspects, one after the other, until one turns out to be what limits. */
import { RunRefused } from "../run/checks.ts";
import type { Measurements } from "../scaling/measurements.ts";
import { missingBackends, partsOf, queueOf } from "../scaling/parts.ts";
import { effectOf, type Relief } from "../scaling/relief.ts";
import { meanOf } from "../statistics/spread.ts";
import { isKnown } from "../scaling/place-words.ts";
import { type Suspect, suspectsOf } from "../scaling/suspects.ts";
import { type Campaign, type Ran, throughputs } from "./campaign.ts";
import type { Findings, SweepRequest } from "./findings.ts";
import { type Lever, leverFor } from "./levers.ts";

/** The fourth was never yet what limits; each costs two runs and more. */
const suspectsMax = 3;

/** To relieve all that may be tried. */
export const reliefRunsMax = 3 * suspectsMax;

/** Whether nothing can be said of the server, since the generator does not reach it or is too slow. */
export function isGeneratorsOwn(seen: Measurements): boolean {
  return missingBackends(seen) > 0 || (seen.client?.doubts.length ?? 0) > 0;
}

export async function relieve(
  { fixes }: SweepRequest,
  { campaign, reliefs, notes }: Findings,
  crowded: Ran,
): Promise<void> {
  const { seen, plan } = crowded;
  if (isGeneratorsOwn(seen)) return;
  for (const suspect of inOrder(seen).slice(0, suspectsMax)) {
    const lever = leverFor(suspect, { plan, seen, fixes });
    if (lever === null) {
      notes.push(`${nameOf(suspect)} may limit, but nothing in this plan relieves it`);
      continue;
    }
    const relief = await tried(campaign, { suspect, lever, crowded }, notes);
    if (relief === null) continue;
    reliefs.push(relief);
    if (effectOf(relief) !== "none") return;
  }
}

/**
 * First the one with the queue: should that not be what limits, it is well to have seen it. Then the
 * heaviest; the cores last, since whatever is held up by something else, too, does less on half of them.
 */
function inOrder(seen: Measurements): readonly Suspect[] {
  const { kind, name } = queueOf(partsOf(seen));
  const place = (one: Suspect) => {
    if (one.kind === "cpu") return 2;
    const hasQueue = one.kind === kind && (kind !== "service-gate" || one.name === name);
    return hasQueue ? 0 : 1;
  };
  return [...suspectsOf(seen)].sort((one, other) => place(one) - place(other));
}

/**
 * Twice relieved, and once more as it was in between: what changes with time is no relief. Null, with
 * a note, where the server refuses it or the runs are no evidence.
 */
async function tried(
  campaign: Campaign,
  { suspect, lever, crowded }: { suspect: Suspect; lever: Lever; crowded: Ran },
  notes: string[],
): Promise<Relief | null> {
  const { sessions } = crowded.plan;
  const purpose = `relief: ${lever.changed}`;
  const after: Ran[] = [];
  try {
    after.push(await campaign.other(lever.plan, purpose));
    await campaign.step(sessions);
    after.push(await campaign.other(lever.plan, purpose));
  } catch (error) {
    if (!(error instanceof RunRefused)) throw error;
    notes.push(`${lever.changed} could not be tried: ${error.problems.join("; ")}`);
    return null;
  }
  const problem = after.map((ran) => problemOf(ran, lever)).find((one) => one !== null);
  if (problem !== undefined) {
    notes.push(`${lever.changed} is no evidence: ${problem}`);
    return null;
  }
  const before = campaign.at(sessions);
  const beforePerSecond = meanOf(throughputs(before));
  return {
    suspect,
    changed: lever.changed,
    direction: lever.direction,
    before: beforePerSecond,
    // Predicted of one run, the one in the middle; told beside the mean of all.
    predicted: (lever.predicted / crowded.seen.perSecond) * beforePerSecond,
    measured: meanOf(throughputs(after)),
    ratio: campaign.ratio(before, after),
  };
}

/** Why a run says nothing of the suspect; null: it does. */
function problemOf({ result, seen }: Ran, { direction }: Lever): string | null {
  const { exitCode, reasons } = result.verdict;
  // A widened fault need not be felt any more; one that was to take something away must be.
  const isIdle = exitCode === 95 && direction === "narrower";
  const isInvalid = exitCode === 97 || isGeneratorsOwn(seen);
  return isIdle || isInvalid ? (reasons[0] ?? `it ended with ${exitCode}`) : null;
}

function nameOf({ kind, name }: Suspect): string {
  return isKnown(name) ? `${kind} ${name}` : kind;
}
