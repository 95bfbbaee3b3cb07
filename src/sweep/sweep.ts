/**
 * A sweep from its plan to its answer: the same run at each number of sessions, where throughput
 * stops following them, where the queue is then, and what limits: named once relieving it helped.
 */
import { namedStream } from "../core/random.ts";
import { kneeOf } from "../scaling/hinge.ts";
import { Campaign, medianRun } from "./campaign.ts";
import type { Findings, SweepRequest } from "./findings.ts";
import { tryFixes } from "./fixes.ts";
import { openFixes } from "./levers.ts";
import { isGeneratorsOwn, relieve, reliefRunsMax } from "./relieve.ts";
import type { SweepResult } from "./result.ts";
import { sweepResult } from "./sweep-result.ts";

/** Just before the knee, just beyond it, and at the most sessions. */
const kneeRunsMax = 3;

/** At most so many runs follow those of the plan: around the knee, to relieve, and for the fixes. */
export function extraRunsMax({ repeats, fixes }: Pick<SweepRequest, "repeats" | "fixes">): number {
  return kneeRunsMax + reliefRunsMax + fixes.length * repeats;
}

/** Rejects with what the first run rejects with if not even that came to its end. */
export async function sweep(request: SweepRequest): Promise<SweepResult> {
  const findings: Findings = {
    campaign: new Campaign(request),
    found: { knee: null, evidence: "the sweep was stopped before every count was measured" },
    crowded: null,
    reliefs: [],
    fixes: [],
    notes: [],
  };
  try {
    await climb(request, findings);
    await findKnee(request, findings);
    await explain(request, findings);
  } catch (reason) {
    const isStopped = request.interrupted.aborted && findings.campaign.steps.length > 0;
    if (!isStopped) throw reason;
  }
  return sweepResult(request, findings);
}

/** Every count once in each round, in an order of its own: what changes with time is no trend over counts. */
async function climb({ plan, counts, repeats, onPhase }: SweepRequest, { campaign }: Findings) {
  onPhase(
    `${counts.length} counts of sessions, ${repeats} runs each, in an order drawn from the seed`,
  );
  for (let round = 0; round < repeats; round++) {
    for (const sessions of namedStream(plan.seed, "sweep", round).shuffled(counts)) {
      await campaign.step(sessions);
    }
  }
}

/** A knee is claimed if it is still there with the runs around it, and those at the end, measured once more. */
async function findKnee({ plan, counts, onPhase }: SweepRequest, findings: Findings) {
  const { campaign } = findings;
  findings.found = kneeOf(campaign.points, plan.seed);
  const { knee } = findings.found;
  if (knee === null) return;
  onPhase(`a knee at ${knee.sessions} sessions: measuring around it once more`);
  const before = counts.filter((count) => count <= knee.sessions).at(-1);
  const beyond = counts.find((count) => count > knee.sessions);
  const again = new Set([before, beyond, counts.at(-1)]);
  for (const sessions of again) if (sessions !== undefined) await campaign.step(sessions);
  findings.found = kneeOf(campaign.points, plan.seed);
}

/** At the most sessions: there the queue is longest, and seen best. */
async function explain(request: SweepRequest, findings: Findings): Promise<void> {
  const { counts, fixes, plan, onPhase } = request;
  const { campaign } = findings;
  const most = counts.at(-1) ?? 1;
  const crowded = medianRun(campaign.at(most));
  if (crowded === undefined) return;
  findings.crowded = crowded;
  if (isGeneratorsOwn(crowded.seen)) return;
  onPhase(`what limits at ${crowded.purpose}: relieving what seems to`);
  await relieve(request, findings, crowded);
  // Between the reliefs the plan was run again: all of its runs count.
  findings.found = kneeOf(campaign.points, plan.seed);
  findings.crowded = medianRun(campaign.at(most)) ?? crowded;
  if (openFixes(fixes, plan).length === 0) return;
  onPhase("the scenario's fixes, one on top of the other");
  await tryFixes(request, findings, most);
}
