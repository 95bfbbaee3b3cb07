import { writeFile } from "node:fs/promises";
import { mkdtemp, rm } from "node:fs/promises";
import { builtinModules } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { scenarios } from "../../scenarios/index.ts";
import type { Scenario } from "../../src/core/scenario.ts";

const root = join(import.meta.dirname, "../..");

let scratch: string;
beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), "loadgen-bundle-"));
});
afterAll(() => rm(scratch, { recursive: true }));

/** Bundled as for k6: no platform at all. Unknown modules, `node:fs` for one, make it fail. */
async function bundled(source: string): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents: source, resolveDir: root, loader: "ts" },
    bundle: true,
    format: "esm",
    platform: "neutral",
    mainFields: ["module", "main"],
    external: ["k6", "k6/*"],
    write: false,
    logLevel: "silent",
  });
  return outputFiles[0]?.text ?? "";
}

/** Modules that the bundle still asks its environment for. */
function leftImports(code: string): readonly string[] {
  return [...code.matchAll(/\b(?:from|import|require)\b\s*\(?\s*"([^"]+)"/g)]
    .map((match) => match[1] ?? "")
    .filter((name) => builtinModules.includes(name.replace(/^node:/, "")));
}

const wholeCore = ["digest", "failure", "outcome", "plan", "random", "retry", "scenario", "step"]
  .concat(["system", "transaction", "verdict"])
  .map((name) => `export * from "./src/core/${name}.ts";`)
  .join("\n");

describe("core and scenarios, bundled for a neutral platform", () => {
  it("need nothing of Node and have every scenario", async () => {
    const code = await bundled(`${wholeCore}\nexport { scenarios } from "./scenarios/index.ts";`);
    expect(leftImports(code)).toEqual([]);
    const path = join(scratch, "bundle.mjs");
    await writeFile(path, code);
    const loaded = (await import(/* @vite-ignore */ path)) as { scenarios: readonly Scenario[] };
    expect(loaded.scenarios.map(({ name }) => name)).toEqual(scenarios.map(({ name }) => name));
  });

  it.each(["node:fs", "fs"])("would notice an import of %s", async (name) => {
    await expect(
      bundled(`import { readFileSync } from "${name}"; readFileSync("x");`),
    ).rejects.toThrow("Could not resolve");
  });

  it("name no groups of regular expressions, which k6's JavaScript does not tell", async () => {
    const files = ["engine/k6/script/index", "index"].map((name) => `./src/${name}.ts`);
    const code = await bundled(
      [...files, "./scenarios/index.ts"].map((file) => `export * from "${file}";`).join("\n"),
    );
    expect(code).toContain("savepoint loadgen_guard");
    expect([...code.matchAll(/\(\?<[A-Za-z]\w*>/g)].map(([name]) => name)).toEqual([]);
  });

  it("would notice a builtin that slipped through", () => {
    expect(leftImports('import fs from "node:fs"; require("path"); import("./own.js");')).toEqual([
      "node:fs",
      "path",
    ]);
  });
});
