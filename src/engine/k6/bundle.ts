/** The script that k6 runs: the scenario, as it is, and what drives it, in one file. */
import { existsSync } from "node:fs";
import { join } from "node:path";

export interface BundleSource {
  /** The folder of what was built for k6: the script's modules and the bundled scenarios. */
  readonly modules: string;
  /** A bundled scenario's name, or the absolute path of the user's own. */
  readonly scenario: string;
  /** Of the user's own if it is SQL: its text, and what its scenario is called. */
  readonly sql: { readonly name: string; readonly text: string } | null;
}

/**
 * Writes the bundle. Automatic resolution of what is not in k6 is off where it runs, so that
 * everything else than k6's own modules must be in here: esbuild fails on what it does not find.
 */
export async function bundle(source: BundleSource, outfile: string): Promise<void> {
  const { modules } = source;
  // Loaded where it is needed: every command would wait for it.
  const { build } = await import("esbuild");
  await build({
    stdin: { contents: entryText(source), resolveDir: modules, loader: "ts" },
    outfile,
    bundle: true,
    format: "esm",
    platform: "neutral",
    mainFields: ["module", "main"],
    target: "es2022",
    external: ["k6", "k6/*"],
    // What k6's engine has not.
    supported: { "async-generator": false, "for-await": false },
    minify: true,
    // A scenario may ask for them, and decides on both engines alike.
    keepNames: true,
    // For k6 to tell where a bug is: in the scenario's own file and line.
    sourcemap: "inline",
    sourcesContent: false,
    logLevel: "silent",
    plugins: [
      {
        name: "loadgen",
        setup(builder) {
          // For a scenario of the user's own.
          builder.onResolve({ filter: /^loadgen$/ }, () => ({ path: join(modules, "index.js") }));
        },
      },
    ],
  });
}

function entryText({ modules, scenario, sql }: BundleSource): string {
  return `import { scriptOf, scenarioIn, sqlScenario } from "./script.js";
${scenarioText({ modules, scenario, sql })}
const script = scriptOf(scenario);
export const options = script.options;
export default script.session;
`;
}

function scenarioText({ modules, scenario, sql }: BundleSource): string {
  if (sql !== null) {
    return `const scenario = sqlScenario(${JSON.stringify(sql.name)}, ${JSON.stringify(sql.text)});`;
  }
  const bundled = join(modules, "scenarios", `${scenario}.js`);
  const path = existsSync(bundled) ? bundled : scenario;
  return `import * as exported from ${JSON.stringify(path)};
const scenario = scenarioIn(exported);`;
}
