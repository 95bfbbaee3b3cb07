/**
 * `npm run docs:variants`: runs the scenarios below with several variants in rounds, on a server of its
 * own, and writes the tables between two markers into docs/variants.md; all else in it stays.
 * `-- --variants a,b` compares others, and what follows a second `--` goes to each run.
 */
import { chmod, mkdtemp, readFile, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { format, resolveConfig } from "prettier";
import type { VariantsResult } from "../src/compare/variants-result.ts";
import { sectionMarkdown } from "../src/report/summary-markdown.ts";
import { namedVariantsSections } from "../src/report/variants-sections.ts";
import { stopEmbedded } from "../src/server/embedded.ts";
import { startChild } from "./child.ts";
import { facts } from "./facts.ts";
import { betweenMarkers } from "./markers.ts";

/** scripts/bench.js puts the built command beside this file's bundle. */
const loadgen = fileURLToPath(new URL("dist/loadgen.js", import.meta.url));

/** One document whose references stay the same, and ten sessions with sets that change. */
const scenarios = ["single-document", "concurrent"];

const { values, positionals } = parseArgs({
  options: {
    out: { type: "string", default: join("docs", "variants.md") },
    variants: { type: "string", default: "current,differential,merge,final" },
  },
  allowPositionals: true,
});

const home = await mkdtemp(join(await realpath(tmpdir()), "loadgen-variants-"));
const stop = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => stop.abort(new Error(`stopped by ${signal}`)));
}
try {
  // The server's user must be able to enter where root runs this.
  await chmod(home, 0o755);
  const parts: string[] = [];
  for (const scenario of scenarios) parts.push(await measured(scenario));
  const { date, machine, loadgen: commit } = facts([]);
  const about = `Measured ${date?.slice(0, 10) ?? ""} on ${machine ?? ""}; loadgen ${commit ?? ""}; written by \`npm run docs:variants\`.`;
  const earlier = await readFile(values.out, "utf8");
  const tables = [about, "", ...parts].join("\n");
  const page = betweenMarkers(earlier, "comparison", tables);
  const style = { ...(await resolveConfig(values.out)), filepath: values.out };
  await writeFile(values.out, await format(page, style));
  process.stdout.write(`\n${values.out}\n`);
} finally {
  await stopEmbedded(join(home, "server"));
  await rm(home, { recursive: true, force: true });
}

async function measured(scenario: string): Promise<string> {
  const words = ["run", scenario, "--variants", values.variants, ...positionals];
  const { ended } = startChild({
    program: process.execPath,
    words: [loadgen, ...words, "--json", "--out", join(home, scenario)],
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
  const { figures, grounds } = namedVariantsSections(result);
  return [
    `### ${scenario}`,
    "",
    "```sh",
    `loadgen ${words.join(" ")}`,
    "```",
    "",
    ...(code === 0
      ? []
      : [`It ended with ${String(code)}: ${result.verdict.reasons.join("; ")}.`, ""]),
    ...[figures, grounds].map((section) => sectionMarkdown(section).replace(/^## /, "#### ")),
  ].join("\n");
}
