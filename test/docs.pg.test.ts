import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { findScenario } from "../src/cli/scenario-file.ts";
import { parseSqlScript } from "../src/core/sql-script.ts";
import { parseThresholdFile } from "../src/metrics/thresholds/threshold-file.ts";

const root = resolve(import.meta.dirname, "..");

/** The first block of a language in one of the documents. */
async function exampleIn(document: string, language: string): Promise<string> {
  const text = await readFile(join(root, document), "utf8");
  const [, code] = new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``).exec(text) ?? [];
  if (code === undefined) throw new Error(`${document} has no example in ${language}`);
  return code;
}

it("shows a scenario in docs/adding-a-scenario.md that loads as it stands there", async () => {
  const folder = await mkdtemp(join(tmpdir(), "loadgen-docs-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const path = join(folder, "add-one.ts");
  await writeFile(path, await exampleIn("docs/adding-a-scenario.md", "ts"));
  const found = await findScenario(path);
  expect(found.ok && found.value.scenario.name).toBe("add-one");
});

it("shows thresholds in docs/thresholds.md that can be read", async () => {
  const goals = parseThresholdFile(await exampleIn("docs/thresholds.md", "yaml"), "goals.yaml");
  expect(goals.ok && goals.value).toHaveLength(9);
});

it("shows a script in the README that is one transaction", async () => {
  const script = parseSqlScript(await exampleIn("README.md", "sql"));
  expect(script.ok && script.value).toMatchObject({ explicit: true, statements: [{}, {}] });
});
