/** Reads what a sweep left in its folder, for its page. */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { type Parsed, parsed } from "../core/parsed.ts";
import type { StoredSweep } from "../report/page/sweep-page.ts";
import { storedJson } from "../run/stored-run.ts";
import type { SweepResult } from "../sweep/result.ts";

/** What tells a sweep's file from any other; loadgen itself wrote it, and wrote the rest as well. */
const sweepFields = z.looseObject({
  schema: z.literal("loadgen.sweep/1"),
  verdict: z.looseObject({ status: z.string(), exitCode: z.int(), reasons: z.array(z.string()) }),
  plan: z.looseObject({ scenario: z.string(), counts: z.array(z.int()), repeats: z.int() }),
  steps: z.array(
    z.looseObject({
      sessions: z.int(),
      perSecond: z.number(),
      runs: z.array(z.looseObject({ folder: z.string(), perSecond: z.number() })),
      parts: z.array(z.looseObject({ kind: z.string(), share: z.number() })),
    }),
  ),
  kneeEvidence: z.string(),
  fixes: z.array(z.looseObject({ summary: z.string() })),
  notes: z.array(z.string()),
});

export async function storedSweep(folder: string): Promise<Parsed<StoredSweep>> {
  const read = await storedJson(join(folder, "sweep.json"), sweepFields);
  if (!read.ok) return read;
  const result = read.value as unknown as SweepResult;
  return parsed({ result, folders: await runFolders(folder) });
}

/** Those that ended: they have a result. */
async function runFolders(folder: string): Promise<readonly string[]> {
  try {
    const names = await readdir(join(folder, "runs"), { withFileTypes: true });
    return names
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => `runs/${name}`)
      .sort();
  } catch (error) {
    // The sweep's own file may have been taken elsewhere: then there is nothing to link to.
    if ((error as { code?: string }).code === "ENOENT") return [];
    throw error;
  }
}
