/**
 * `npm run docs:variants`: runs the scenarios of variants-pages.ts with several variants in rounds, on a
 * server of its own, and writes the tables between two markers into their pages; all else in these stays.
 * `-- metaverse` writes that page alone, and what follows a second `--` goes to each run.
 */
import { chmod, mkdtemp, readFile, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { format, resolveConfig } from "prettier";
import type { VariantsResult } from "../src/compare/variants-result.ts";
import { stopEmbedded } from "../src/server/embedded.ts";
import { startChild } from "./child.ts";
import { facts } from "./facts.ts";
import { betweenMarkers } from "./markers.ts";
import { sideBySideLegend, variantsMarkdown } from "./variants-markdown.ts";
import { optionsWith, pagesAsked } from "./variants-asked.ts";
import type { VariantsPage, VariantsTable } from "./variants-pages.ts";

/** scripts/bench.js puts the built command beside this file's bundle. */
const loadgen = fileURLToPath(new URL("dist/loadgen.js", import.meta.url));

const { pages, further } = pagesAsked(process.argv.slice(2));
const home = await mkdtemp(join(await realpath(tmpdir()), "loadgen-variants-"));
const stop = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => stop.abort(new Error(`stopped by ${signal}`)));
}
try {
  // The server's user must be able to enter where root runs this.
  await chmod(home, 0o755);
  for (const page of pages) await written(page);
} finally {
  await stopEmbedded(join(home, "server"));
  await rm(home, { recursive: true, force: true });
}

async function written({ file, tables }: VariantsPage): Promise<void> {
  const parts: string[] = [];
  for (const table of tables) parts.push(await measured(table, join(home, `${parts.length}`)));
  const { date, machine, loadgen: commit } = facts([]);
  const about = `Measured ${date?.slice(0, 10) ?? ""} on ${machine ?? ""}; loadgen ${commit ?? ""}; written by \`npm run docs:variants\`.`;
  const legend = tables.some(({ figures }) => figures !== null) ? [sideBySideLegend, ""] : [];
  const earlier = await readFile(file, "utf8");
  const text = [about, "", ...legend, ...parts].join("\n");
  const page = betweenMarkers(earlier, "comparison", text);
  const style = { ...(await resolveConfig(file)), filepath: file };
  await writeFile(file, await format(page, style));
  process.stdout.write(`\n${file}\n`);
}

async function measured(table: VariantsTable, out: string): Promise<string> {
  const { scenario, variants, options } = table;
  const words = [
    "run",
    scenario,
    "--variants",
    variants.join(","),
    ...optionsWith(options, further),
  ];
  await rm(out, { recursive: true, force: true });
  const { ended } = startChild({
    program: process.execPath,
    words: [loadgen, ...words, "--json", "--out", out],
    env: { LOADGEN_HOME: join(home, "server") },
    stop: stop.signal,
  });
  const { code, stdout, stderr } = await ended;
  if (!stdout.startsWith("{"))
    throw new Error(`${scenario}: ended with ${String(code)}: ${stderr}`);
  const result = JSON.parse(stdout) as VariantsResult;
  process.stdout.write(
    `${scenario}: exit code ${String(code)}: ${result.verdict.reasons[0] ?? ""}\n`,
  );
  return variantsMarkdown(table, words, result);
}
