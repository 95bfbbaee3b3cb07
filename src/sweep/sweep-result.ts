/** From what a sweep found to its result. Pure. */
import { boundsOf } from "../scaling/demands.ts";
import { limitOf } from "../scaling/limit.ts";
import { partsOf, queueOf } from "../scaling/parts.ts";
import type { Mean } from "../scaling/ratio.ts";
import { uslOf } from "../scaling/usl.ts";
import { type Campaign, medianRun, type Ran } from "./campaign.ts";
import type { Findings, SweepRequest } from "./findings.ts";
import { judgeSweep } from "./judge.ts";
import type { SweepResult, SweepStep, SweptPlan } from "./result.ts";

export function sweepResult(request: SweepRequest, findings: Findings): SweepResult {
  const { campaign, found, crowded, fixes } = findings;
  const { plan, counts, interrupted } = request;
  const seen = crowded?.seen ?? null;
  const alone = medianRun(campaign.at(counts[0] ?? 1))?.seen ?? null;
  const limitedBy = seen === null ? notExplained : limitOf(seen, findings.reliefs);
  const signal = interrupted.aborted ? (interrupted.reason as "SIGINT" | "SIGTERM") : null;
  const partial = {
    schema: "loadgen.sweep/1" as const,
    plan: sweptPlan(request),
    steps: stepsOf(campaign, counts),
    knee: found.knee,
    kneeEvidence: found.evidence,
    usl: uslOf(campaign.points, plan.seed),
    explainedAt: crowded?.plan.sessions ?? null,
    waitsAt: seen === null ? unknownQueue : queueOf(partsOf(seen)),
    limitedBy,
    bounds: seen === null || alone === null ? null : boundsOf(seen, alone),
    fixes,
    notes: [
      ...findings.notes,
      ...campaign.discarded.map(discardedText),
      ...campaign.others.flatMap(troubleOf),
      ...keptText([...campaign.steps, ...campaign.others]),
    ],
  };
  const others = [...campaign.others, ...(campaign.cutOff === null ? [] : [campaign.cutOff])];
  return { ...partial, verdict: judgeSweep({ ...partial, runs: campaign.steps, others, signal }) };
}

const unknownQueue = { kind: "unknown", name: null, share: 0 } as const;

const notExplained = {
  kind: "unknown",
  name: null,
  shares: {},
  relief: null,
  suspected: null,
  evidence: "the sweep was stopped before anything was relieved",
} as const;

/** The plan of a sweep as it is told and stored. */
export function sweptPlan({
  plan,
  counts,
  repeats,
}: Pick<SweepRequest, "plan" | "counts" | "repeats">): SweptPlan {
  return { ...plan, counts, repeats, faults: plan.faults.map(({ text }) => text) };
}

function discardedText({ purpose, result, folder }: Ran): string {
  const why = result.verdict.reasons[0] ?? "";
  return `${purpose} (runs/${folder}) was invalid, and made once more: ${why}`;
}

/** Runs of changed plans are no part of the verdict; what was wrong with one is told. */
function troubleOf({ purpose, result, folder }: Ran): readonly string[] {
  const { exitCode, reasons } = result.verdict;
  // That a widened fault no longer limits is what the run was to find out.
  if (exitCode === 0 || exitCode === 95) return [];
  return [`${purpose} (runs/${folder}) ended with ${exitCode}: ${reasons[0] ?? ""}`];
}

/** A run keeps the database in which it found an invariant broken. */
function keptText(runs: readonly Ran[]): readonly string[] {
  const kept = runs.flatMap(({ result }) => result.keptDatabase ?? []);
  if (kept.length === 0) return [];
  return [`kept, to look at what is broken: ${kept.join(", ")}; loadgen db reset drops them`];
}

function stepsOf(campaign: Campaign, counts: readonly number[]): SweepStep[] {
  return counts.flatMap((sessions) => {
    const runs = campaign.at(sessions);
    const median = medianRun(runs);
    if (median === undefined) return [];
    return [stepOf(runs, median, campaign.mean(runs))];
  });
}

function stepOf(
  runs: readonly Ran[],
  { plan, seen, result }: Ran,
  { mean, low, high }: Mean,
): SweepStep {
  const { concurrency, transactions } = result;
  return {
    sessions: plan.sessions,
    perSecond: mean,
    low,
    high,
    runs: runs.map((run) => ({
      perSecond: run.seen.perSecond,
      folder: `runs/${run.folder}`,
      exitCode: run.result.verdict.exitCode,
    })),
    latencyUs: transactions.latencyUs,
    poolWaitUs: concurrency.poolWaitUs,
    busySessions: concurrency.busySessions,
    activeSessions: concurrency.activeSessions,
    backendsMax: seen.backendsMax,
    waits: seen.waits,
    edges: seen.edges,
    parts: partsOf(seen),
    gates: seen.gates,
    host: seen.host,
    drift: driftOf(runs),
  };
}

function driftOf(runs: readonly Ran[]): number {
  const changes = runs.flatMap(({ result: { steadiness } }) =>
    steadiness.kind === "drifting" ? [steadiness.change] : [],
  );
  return changes.length === 0
    ? 0
    : changes.reduce((sum, change) => sum + change, 0) / changes.length;
}
