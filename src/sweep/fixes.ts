/**
 * The scenario's fixes, one on top of the other: each time the one whose place is fullest, and after
 * it the places ranked anew. A fix that moves the waiting and not the capacity is called that.
 */
import type { Plan } from "../core/plan.ts";
import type { Fix } from "../core/scenario.ts";
import { partsOf, type Queue, queueOf } from "../scaling/parts.ts";
import type { Mean } from "../scaling/ratio.ts";
import { meanOf } from "../statistics/spread.ts";
import { gateDemands } from "../scaling/suspects.ts";
import { type Campaign, medianRun, type Ran, throughputs } from "./campaign.ts";
import { fixed, openFixes } from "./levers.ts";
import type { Findings, SweepRequest } from "./findings.ts";
import type { FixStep } from "./result.ts";

export async function tryFixes(
  { fixes, plan, repeats }: SweepRequest,
  { campaign, fixes: steps }: Findings,
  sessions: number,
): Promise<void> {
  let runs = campaign.at(sessions);
  let current: Plan = { ...plan, sessions };
  for (;;) {
    const fix = nextOf(openFixes(fixes, current), runs);
    if (fix === null) return;
    if (steps.length === 0) steps.push(stepOf(runs, null, { step: null, ratio: null }));
    current = fixed(current, fix);
    const after = await repeated(campaign, { plan: current, purpose: fix.name, repeats });
    const ratio = campaign.ratio(runs, after);
    steps.push(stepOf(after, fix, { step: steps.at(-1) ?? null, ratio }));
    runs = after;
  }
}

/** Whose place is fullest by the latest runs; of those whose place nobody enters any more the first; null: none is left. */
function nextOf(open: readonly Fix[], runs: readonly Ran[]): Fix | null {
  const ran = medianRun(runs);
  const ranked = ran === undefined ? [] : gateDemands(ran.seen);
  const fullness = ({ relieves }: Fix) =>
    relieves.kind !== "service-gate"
      ? 0
      : (ranked.find(({ resource }) => resource === relieves.gate)?.utilisation ?? 0);
  const [first] = [...open].sort((one, other) => fullness(other) - fullness(one));
  return first ?? null;
}

async function repeated(
  campaign: Campaign,
  { plan, purpose, repeats }: { plan: Plan; purpose: string; repeats: number },
): Promise<readonly Ran[]> {
  // The first fix may be what relief has just tried: its runs are as good.
  const runs = [...campaign.likewise(plan)];
  while (runs.length < repeats) runs.push(await campaign.other(plan, `fix: ${purpose}`));
  return runs;
}

interface Before {
  readonly step: FixStep | null;
  readonly ratio: Mean | null;
}

function stepOf(runs: readonly Ran[], fix: Fix | null, { step, ratio }: Before): FixStep {
  const median = medianRun(runs);
  if (median === undefined) throw new Error("a step without a run");
  const { seen, result, plan } = median;
  const waitsAt = queueOf(partsOf(seen));
  return {
    name: fix?.name ?? null,
    summary: fix?.summary ?? "as it is",
    sessions: plan.sessions,
    perSecond: meanOf(throughputs(runs)),
    ratio,
    p50Us: result.transactions.latencyUs.p50,
    p99Us: result.transactions.latencyUs.p99,
    busy: seen.busy,
    active: seen.active,
    gates: gateDemands(seen).map(({ resource, utilisation }) => ({ name: resource, utilisation })),
    waitsAt,
    finding: ratio === null || step === null ? "" : findingOf(ratio, step.waitsAt, waitsAt),
  };
}

/** A change that small is one of no consequence, even where it is beyond the noise. */
const changeMin = 0.05;

/** Less of the sessions than this changed their queue: the waiting is where it was. */
const movedShareMin = 0.1;

export function findingOf(ratio: Mean, before: Queue, after: Queue): string {
  const percent = Math.round(Math.abs(ratio.mean - 1) * 100);
  if (ratio.low > 1 && ratio.mean >= 1 + changeMin) return `raised throughput by ${percent} %`;
  if (ratio.high < 1 && ratio.mean <= 1 - changeMin) return `lowered throughput by ${percent} %`;
  const isElsewhere = before.kind !== after.kind || before.name !== after.name;
  const isMoved = isElsewhere || Math.abs(before.share - after.share) >= movedShareMin;
  return isMoved ? "moved the waiting, not the capacity" : "changed neither capacity nor waiting";
}
