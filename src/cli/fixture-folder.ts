/** `--from` of `loadgen fixtures` and `--fixture-from` of runs: a folder of files in place of the generator, and payloads. */
import { readFile } from "node:fs/promises";
import type { PayloadFile } from "../core/fixture-files.ts";
import { type Parsed, parsed, rejected } from "../core/parsed.ts";
import type { Plan } from "../core/plan.ts";
import type { System } from "../core/system.ts";
import { type ReadFiles, readFixtureFiles } from "../server/fixture-files.ts";
import type { RunOptions } from "./run-options.ts";

/** What is given comes first; a repeated plan's folder must hold what it held then. Null: rows are made. */
export async function filesFrom(request: {
  readonly system: System | null;
  readonly options: Pick<RunOptions, "fixtureFrom" | "fixture" | "existing">;
  readonly repeated: Plan | null;
}): Promise<Parsed<ReadFiles | null>> {
  const { system, options, repeated } = request;
  // That --existing has no use for it is told elsewhere.
  if (system === null || (options.existing ?? repeated?.existing) === true) return parsed(null);
  if (options.fixtureFrom !== undefined) {
    return filesIn(options.fixtureFrom, system, "--fixture-from");
  }
  const before = repeated?.fixtureFiles ?? null;
  if (before === null || options.fixture !== undefined) return parsed(null);
  const read = await filesIn(before.folder, system, "--repeat");
  if (!read.ok || read.value.files.sha256 === before.sha256) return read;
  return rejected(
    `--repeat: the files in ${before.folder} are not those of that run any more: ` +
      "--fixture-from takes them as they are now",
  );
}

/** Says that it reads them: gigabytes take a while. `option`: for problems. */
export async function filesIn(
  folder: string,
  system: System,
  option: string,
): Promise<Parsed<ReadFiles>> {
  process.stderr.write(`reading the files in ${folder} through before anything is loaded\n`);
  const read = await readFixtureFiles(system, folder);
  return read.ok ? read : rejected(...read.problems.map((problem) => `${option}: ${problem}`));
}

/** What --payloads names; null: nothing. What is in it, the system reads. */
export async function payloadsFrom({
  payloads: path,
}: Pick<RunOptions, "payloads">): Promise<Parsed<PayloadFile | null>> {
  if (path === undefined) return parsed(null);
  try {
    return parsed({ path, text: await readFile(path, "utf8") });
  } catch (error) {
    const { code } = error as { readonly code?: string };
    return rejected(`--payloads: cannot read ${path} (${code ?? String(error)})`);
  }
}

/** Null where there is none, or where it was rejected. */
export function valueOf<T>(read: Parsed<T | null>): T | null {
  return read.ok ? read.value : null;
}
