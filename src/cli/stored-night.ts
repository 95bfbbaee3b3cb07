/** Reads what a night left in its folder, and its history as far as it is there, for its page. */
import { join } from "node:path";
import { z } from "zod";
import { type Parsed, parsed } from "../core/parsed.ts";
import { readHistory } from "../nightly/history.ts";
import type { Night } from "../nightly/result.ts";
import type { StoredNight } from "../report/page/night-page.ts";
import { storedJson, storedRun } from "../run/stored-run.ts";

/** What tells it from any other file; loadgen itself wrote it, and wrote the rest as well. */
const nightFields = z.looseObject({
  schema: z.literal("loadgen.night/1"),
  suite: z.looseObject({ name: z.string(), file: z.string() }),
  at: z.iso.datetime(),
  verdict: z.looseObject({ status: z.string(), exitCode: z.int(), reasons: z.array(z.string()) }),
  runs: z.array(
    z.looseObject({
      name: z.string(),
      folder: z.string().nullable(),
      faults: z.array(z.string()),
      primary: z.string(),
      figures: z.record(z.string(), z.number()),
      judgement: z.looseObject({ kind: z.string() }),
      moves: z.array(z.looseObject({ figure: z.string(), at: z.string() })),
    }),
  ),
  history: z.looseObject({ file: z.string(), nights: z.int() }),
  notes: z.array(z.string()),
});

export async function storedNight(folder: string): Promise<Parsed<StoredNight>> {
  const read = await storedJson(join(folder, "nightly.json"), nightFields);
  if (!read.ok) return read;
  const night = read.value as unknown as Night;
  const found = await Promise.all(
    night.runs.map(async (run) => {
      if (run.folder === null) return [];
      const stored = await storedRun(join(folder, run.folder));
      // A run that was stopped left no result: the page has a dash for it.
      return stored.ok ? [[run.name, stored.value.result] as const] : [];
    }),
  );
  const results = new Map(found.flat());
  try {
    const { nights } = await readHistory(night.history.file, night.suite.name);
    return parsed({ night, lines: nights, results });
  } catch (error) {
    const why = (error as { code?: string }).code ?? String(error);
    const note = `the history in ${night.history.file} cannot be read (${why}): what it has of the nights before is not drawn`;
    return parsed({ night: { ...night, notes: [...night.notes, note] }, lines: [], results });
  }
}
