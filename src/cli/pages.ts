/** Writes the page of what a folder holds: of a run, a sweep, a comparison or a night. */
import { access, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import type { Comparison } from "../compare/result.ts";
import { type Parsed, parsed, rejected } from "../core/parsed.ts";
import { type ComparedRun, comparePageText } from "../report/page/compare-page.ts";
import { sweepPageText } from "../report/page/sweep-page.ts";
import type { StoredRun } from "../run/stored-run.ts";
import { pageAssets, writeRunPage } from "./run-page.ts";
import { storedComparison } from "./stored-comparison.ts";
import { storedSweep } from "./stored-sweep.ts";

/** By the file that tells what a folder holds. */
const writers: Readonly<Record<string, (path: string) => Promise<Parsed<string>>>> = {
  "run.json": (path) => writeRunPage(path, shownOf(path)),
  "sweep.json": writeSweepPage,
  "compare.json": async (path) => {
    const stored = await storedComparison(path);
    if (!stored.ok) return stored;
    return parsed(await writeComparePage(path, stored.value.comparison, stored.value.runs));
  },
};

/** Returns where it is. */
export async function writePage(path: string): Promise<Parsed<string>> {
  for (const [name, write] of Object.entries(writers)) {
    if (await isThere(join(path, name))) return write(path);
  }
  const names = Object.keys(writers).join(", ");
  return rejected(`${path}: expected a folder with one of ${names}`);
}

export async function writeSweepPage(path: string): Promise<Parsed<string>> {
  const stored = await storedSweep(path);
  if (!stored.ok) return stored;
  const text = sweepPageText(stored.value, shownOf(path), await pageAssets());
  return parsed(await written(join(path, "report.html"), text));
}

/** `runs`: of those compared, all that can be read. */
export async function writeComparePage(
  path: string,
  comparison: Comparison,
  runs: readonly StoredRun[],
): Promise<string> {
  const folders = [...comparison.baseline.folders, ...comparison.candidate.folders];
  const found = folders.map(async (folder): Promise<[string, ComparedRun]> => {
    const page = join(folder, "report.html");
    const result = runs.find((run) => run.folder === folder)?.result ?? null;
    const link = (await isThere(page)) ? relative(path, page) : null;
    return [folder, { shown: shownOf(folder), page: link, result }];
  });
  const stored = { comparison, runs: new Map(await Promise.all(found)) };
  return written(join(path, "report.html"), comparePageText(stored, await pageAssets()));
}

async function written(file: string, text: string): Promise<string> {
  await writeFile(file, text);
  return file;
}

/** As a command line names it. */
function shownOf(path: string): string {
  return relative(process.cwd(), path) || ".";
}

async function isThere(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch {
    // Whatever is in the way, it cannot be read.
    return false;
  }
}
