/** Reads a comparison, and of the runs compared those that are still there, for its page. */
import { join } from "node:path";
import { z } from "zod";
import type { Comparison } from "../compare/result.ts";
import { type Parsed, parsed } from "../core/parsed.ts";
import { storedJson, type StoredRun, storedRun } from "../run/stored-run.ts";

const side = z.looseObject({ name: z.string(), folders: z.array(z.string()) });

/** What tells it from any other file; loadgen itself wrote it, and wrote the rest as well. */
const compareFields = z.looseObject({
  schema: z.literal("loadgen.compare/1"),
  verdict: z.string(),
  judgement: z.looseObject({ status: z.string(), exitCode: z.int(), reasons: z.array(z.string()) }),
  baseline: side,
  candidate: side,
  noise: z.looseObject({ compared: z.int(), remembered: z.int() }),
  metrics: z.array(
    z.looseObject({
      name: z.string(),
      ratio: z.number(),
      margin: z.number(),
      runs: z.looseObject({ baseline: z.array(z.number()), candidate: z.array(z.number()) }),
    }),
  ),
  comparability: z.array(z.string()),
});

export interface StoredComparison {
  readonly comparison: Comparison;
  readonly runs: readonly StoredRun[];
}

export async function storedComparison(folder: string): Promise<Parsed<StoredComparison>> {
  const read = await storedJson(join(folder, "compare.json"), compareFields);
  if (!read.ok) return read;
  const comparison = read.value as unknown as Comparison;
  const folders = [...comparison.baseline.folders, ...comparison.candidate.folders];
  const runs = await Promise.all(folders.map(storedRun));
  // The page says which are gone; its figures are in compare.json.
  return parsed({ comparison, runs: runs.flatMap((run) => (run.ok ? [run.value] : [])) });
}
