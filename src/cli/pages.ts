/** Writes the page of what a folder holds: of a run, a sweep, a comparison, of sides or of variants, or a night. */
import { access } from "node:fs/promises";
import { join, relative } from "node:path";
import { type Parsed, parsed, rejected } from "../core/parsed.ts";
import { type ComparedRun, comparePageText } from "../report/page/compare-page.ts";
import { type RunFolder, writeWhole } from "../run/store.ts";
import { nightPageText } from "../report/page/night-page.ts";
import { runPagePath } from "../report/page/link-html.ts";
import { sweepPageText } from "../report/page/sweep-page.ts";
import { variantsPageText } from "../report/page/variants-page.ts";
import type { SideOutput } from "./side-outputs.ts";
import { pageAssets, writeRunPage } from "./run-page.ts";
import { storedComparison } from "./stored-comparison.ts";
import { storedNight } from "./stored-night.ts";
import { storedSweep } from "./stored-sweep.ts";
import { storedVariants } from "./stored-variants.ts";
import { shownPath } from "./shown-path.ts";

/** By the file that tells what a folder holds. */
const writers: Readonly<Record<string, (path: string) => Promise<Parsed<string>>>> = {
  "run.json": (path) => writeRunPage(path, shownPath(path)),
  "sweep.json": writeSweepPage,
  "compare.json": writeComparePage,
  "variants.json": writeVariantsPage,
  "nightly.json": writeNightPage,
};

/** Of what was stored in the folder just now. */
export function pageOf({ path }: Pick<RunFolder, "path">, name = "report.html"): SideOutput {
  return [
    name,
    async () => {
      const page = await writePage(path);
      if (!page.ok) throw new Error(page.problems.join("\n"));
    },
  ];
}

/** Returns where it is; the problems name what was expected. */
export async function writePage(path: string): Promise<Parsed<string>> {
  for (const [name, write] of Object.entries(writers)) {
    if (await isThere(join(path, name))) return write(path);
  }
  const names = Object.keys(writers).join(", ");
  return rejected(`${path}: expected a folder with one of ${names}`);
}

async function writeSweepPage(path: string): Promise<Parsed<string>> {
  const stored = await storedSweep(path);
  if (!stored.ok) return stored;
  const text = sweepPageText(stored.value, shownPath(path), await pageAssets());
  return parsed(await written(join(path, "report.html"), text));
}

async function writeComparePage(path: string): Promise<Parsed<string>> {
  const read = await storedComparison(path);
  if (!read.ok) return read;
  const { comparison, runs } = read.value;
  const folders = [...comparison.baseline.folders, ...comparison.candidate.folders];
  const found = folders.map(async (folder): Promise<[string, ComparedRun]> => {
    const page = join(folder, "report.html");
    const result = runs.find((run) => run.folder === folder)?.result ?? null;
    const link = (await isThere(page)) ? relative(path, page) : null;
    return [folder, { shown: shownPath(folder), page: link, result }];
  });
  const stored = { comparison, runs: new Map(await Promise.all(found)) };
  const text = comparePageText(stored, await pageAssets());
  return parsed(await written(join(path, "report.html"), text));
}

async function writeVariantsPage(path: string): Promise<Parsed<string>> {
  const read = await storedVariants(path);
  if (!read.ok) return read;
  const folders = read.value.variants.flatMap((variant) => variant.folders);
  const pages = new Set<string>();
  for (const folder of folders) {
    if (folder !== null && (await isThere(join(path, runPagePath(folder))))) pages.add(folder);
  }
  const text = variantsPageText({ result: read.value, pages }, shownPath(path), await pageAssets());
  return parsed(await written(join(path, "report.html"), text));
}

/** Called index.html: it is what a job's page links to. */
async function writeNightPage(path: string): Promise<Parsed<string>> {
  const stored = await storedNight(path);
  if (!stored.ok) return stored;
  const text = nightPageText(stored.value, await pageAssets());
  return parsed(await written(join(path, "index.html"), text));
}

async function written(file: string, text: string): Promise<string> {
  await writeWhole(file, text);
  return file;
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
