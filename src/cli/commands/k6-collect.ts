/** `loadgen k6 collect`: the runners' lines, put together, audited and judged as one run. */
import { constants } from "node:fs";
import { access, readdir, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { ExitCode } from "../../core/verdict.ts";
import { resultText } from "../../report/terminal.ts";
import { gather } from "../../run/gather.ts";
import { readPrepared } from "../../run/prepare-apart.ts";
import type { GatheredResult } from "../../run/run-result.ts";
import { RunFolder } from "../../run/store.ts";
import { interruption } from "../interruption.ts";
import { requestIn } from "../k6-request.ts";
import { hasColours } from "../listeners.ts";
import { defaultFolder, reportsOf } from "../perform.ts";
import { failOn } from "../problems.ts";
import { pageOf } from "../pages.ts";
import { noteOnStderr, writeSideOutputs } from "../side-outputs.ts";
import { namedAddress, target } from "../target.ts";
import { withRunLock } from "../with-run-lock.ts";
import { shownPath } from "../shown-path.ts";

export interface CollectOptions {
  readonly url?: string;
  readonly lines?: readonly string[];
  readonly out?: string;
  readonly watched?: true;
  readonly json?: true;
}

export async function k6Collect(given: string, options: CollectOptions): Promise<ExitCode> {
  const exported = resolve(given);
  const lines = await filesOf(options.lines ?? []);
  const read = await readPrepared(exported);
  if (read === null) failOn([`${given}: expected a folder that loadgen k6 prepare has prepared`]);
  const request = await requestIn(exported, options.url);
  const { plan, scenario } = request;
  const path = resolve(options.out ?? defaultFolder(scenario.name));
  const folder = await RunFolder.create(path);
  const stop = interruption();
  let result: GatheredResult | null = null;
  try {
    const server = await target(namedAddress(options.url ?? plan.url ?? undefined), stop.signal);
    result = await withRunLock(server, () =>
      gather({
        ...request,
        ...(read as NonNullable<typeof read>),
        exported,
        lines,
        folder,
        server: server.address,
        isShared: options.watched === true,
        interrupted: stop.signal,
      }),
    );
    await writeSideOutputs([...reportsOf(folder, result), pageOf(folder)], noteOnStderr);
  } finally {
    stop.release();
    if (result === null) await folder.abandon();
  }
  const shown = {
    folder: shownPath(path),
    colours: hasColours(process.stdout),
  };
  if (options.json) process.stdout.write(`${JSON.stringify(result, null, 2)}\n`);
  else {
    const notes = result.notes.map((note) => `! ${note}\n`);
    process.stdout.write(`${notes.join("")}\n${resultText(result, shown)}\n`);
  }
  return result.verdict.exitCode;
}

/** The files given, and those in the folders given. Throws a UsageError where there are none. */
async function filesOf(given: readonly string[]): Promise<readonly string[]> {
  const expected = "expected the files that the runners printed, or their folder";
  failOn(given.length === 0 ? [`--lines: ${expected}`] : []);
  const found: string[] = [];
  const problems: string[] = [];
  for (const path of given) {
    try {
      const files = (await stat(path)).isDirectory() ? await filesIn(path) : [path];
      for (const file of files) await access(file, constants.R_OK);
      if (files.length === 0) problems.push(`--lines: ${expected}; ${path} has no files in it`);
      found.push(...files);
    } catch (error) {
      const { code, path: file = path } = error as { code?: string; path?: string };
      problems.push(`--lines: ${expected}; cannot read ${file} (${code ?? String(error)})`);
    }
  }
  failOn(problems);
  return found;
}

/** Not those in folders below it. */
async function filesIn(folder: string): Promise<readonly string[]> {
  const files: string[] = [];
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    if ((await stat(path)).isFile()) files.push(path);
  }
  return files;
}
