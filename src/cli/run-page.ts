/** Writes the page of a run into its folder, from what is stored there. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Parsed } from "../core/parsed.ts";
import { runPageText } from "../report/page/run-page.ts";
import type { PageAssets } from "../report/page/shell.ts";
import { writeWhole } from "../run/store.ts";
import { packageRoot } from "../server/package-root.ts";
import { runFiles } from "./run-files.ts";

/** `path`: of the run's folder; `shown`: as a command line names it. */
export async function writeRunPage(path: string, shown: string): Promise<Parsed<string>> {
  const stored = await runFiles(path);
  if (!stored.ok) return stored;
  const file = join(path, "report.html");
  await writeWhole(file, runPageText(stored.value, shown, await pageAssets()));
  return { ok: true, value: file };
}

/** What scripts/build.js made of the page's client. */
export async function pageAssets(): Promise<PageAssets> {
  const folder = join(packageRoot(), "dist", "page");
  const [script, style] = await Promise.all(
    ["main.js", "style.css"].map((name) => readFile(join(folder, name), "utf8")),
  );
  return { script: script ?? "", style: style ?? "" };
}
