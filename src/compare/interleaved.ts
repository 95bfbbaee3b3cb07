/**
 * A/B in one go: both sides run in every round, so that whatever changes on the machine meanwhile
 * changes for both; then they are compared as stored runs are.
 */
import { join } from "node:path";
import type { Figures } from "../run/figures.ts";
import type { SeriesRequest } from "../run/series.ts";
import type { StoredRun } from "../run/stored-run.ts";
import { compare, type Side } from "./compare.ts";
import { codesOfJudged, codesOfReference, judgeRounds } from "./judge-rounds.ts";
import type { Comparison } from "./result.ts";
import {
  performedRounds,
  type Rounds,
  type SideJob,
  type SideName,
  type SideRun,
} from "./rounds.ts";

export interface InterleavedRequest extends Rounds, SeriesRequest<SideJob> {
  /** Where the runs' folders are; absolute. */
  readonly folder: string;
  /** Equal runs of each kind among these, none of these in it. */
  readonly remembered: (runs: readonly StoredRun[]) => Promise<readonly (readonly Figures[])[]>;
}

/**
 * Null: it was stopped before each side had a run. Rejects with what a run rejects with, unless it
 * was stopped.
 */
export async function interleaved(request: InterleavedRequest): Promise<Comparison | null> {
  const performed = await performedRounds(request);
  const [baseline, candidate] = [
    sideOf("baseline", request, performed.runs),
    sideOf("candidate", request, performed.runs),
  ];
  if (baseline.runs.length === 0 || candidate.runs.length === 0) return null;
  const remembered = await request.remembered([...baseline.runs, ...candidate.runs]);
  const comparison = compare({ baseline, candidate, remembered, margin: null });
  const judgement = judgeRounds(comparison.judgement, performed, codesThatCount);
  return { ...comparison, judgement };
}

/**
 * What a run leaves broken, at the server or in the data, counts whatever the sides come to. The
 * thresholds are the candidate's to hold: a baseline that fails them is no fault of what is judged.
 */
const codesThatCount = { baseline: codesOfReference, candidate: codesOfJudged };

function sideOf(
  side: SideName,
  { sides, folder }: InterleavedRequest,
  runs: readonly SideRun[],
): Side {
  const own = runs.filter((run) => run.side === side);
  return {
    name: sides[side].name,
    runs: own.map((run) => ({ folder: join(folder, run.folder), result: run.result })),
  };
}
