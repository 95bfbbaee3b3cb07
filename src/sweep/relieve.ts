/** Relieves the suspects, heaviest first, until one turns out to be what limits. */
import { effectOf, type Relief } from "../scaling/limit.ts";
import { missingBackends } from "../scaling/parts.ts";
import { meanOf } from "../scaling/series.ts";
import { type Suspect, suspectsOf } from "../scaling/suspects.ts";
import { type Campaign, type Ran, throughputs } from "./campaign.ts";
import { type Lever, leverFor } from "./levers.ts";
import type { Findings, SweepRequest } from "./findings.ts";

/** The fourth heaviest was never yet what limits; each costs two runs and more. */
const suspectsMax = 3;

/** To relieve all that may be tried. */
export const reliefRunsMax = 3 * suspectsMax;

export async function relieve(
  { fixes }: SweepRequest,
  { campaign, reliefs, notes }: Findings,
  crowded: Ran,
): Promise<void> {
  const { seen, plan } = crowded;
  // Nothing can be said of a server that the generator does not reach.
  if (missingBackends(seen) > 0) return;
  for (const suspect of suspectsOf(seen).slice(0, suspectsMax)) {
    const lever = leverFor(suspect, { plan, seen, fixes });
    if (lever === null) {
      notes.push(`${nameOf(suspect)} may limit, but nothing in this plan relieves it`);
      continue;
    }
    const relief = await tried(campaign, { suspect, lever, crowded });
    reliefs.push(relief);
    if (effectOf(relief) !== "none") return;
  }
}

/** Twice relieved, and once more as it was in between: what changes with time is no relief. */
async function tried(
  campaign: Campaign,
  { suspect, lever, crowded }: { suspect: Suspect; lever: Lever; crowded: Ran },
): Promise<Relief> {
  const { sessions } = crowded.plan;
  const purpose = `relief: ${lever.changed}`;
  const first = await campaign.other(lever.plan, purpose);
  await campaign.step(sessions);
  const second = await campaign.other(lever.plan, purpose);
  const before = campaign.at(sessions);
  const after = [first, second];
  return {
    suspect,
    changed: lever.changed,
    before: meanOf(throughputs(before)),
    predicted: lever.predicted,
    measured: meanOf(throughputs(after)),
    ratio: campaign.ratio(before, after),
  };
}

function nameOf({ kind, name }: Suspect): string {
  return name === null ? kind : `${kind} ${name}`;
}
