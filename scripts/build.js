// Builds dist/: the command line and the library that a scenario of the user's own imports, as two
// entries that share their code, and the declarations for it. What draws plots is bundled, as far as
// it is used, into a chunk of its own: nobody has to install 62 MB for it. With --no-types the
// declarations stay as they are, which takes a tenth of the time.
import { execFileSync } from "node:child_process";
import { chmod, copyFile, mkdir, readdir, readFile, rm, symlink } from "node:fs/promises";
import { createRequire } from "node:module";
import { build } from "esbuild";

const withTypes = !process.argv.includes("--no-types");
process.chdir(new URL("..", import.meta.url).pathname);
if (withTypes) await rm("dist", { recursive: true, force: true });
const { dependencies, optionalDependencies } = JSON.parse(await readFile("package.json", "utf8"));
await build({
  entryPoints: {
    loadgen: "src/cli/main.ts",
    index: "src/index.ts",
    "noop-server": "src/server/noop/main.ts",
    "host-watchdog": "src/cli/host-watchdog-main.ts",
    "session-thread": "src/cli/session-thread.ts",
    metronome: "src/engine/pg/metronome-thread.ts",
    "network-thread": "src/network/network-thread.ts",
  },
  outdir: "dist",
  bundle: true,
  splitting: true,
  // What is installed with loadgen; all else is bundled.
  external: Object.keys({ ...dependencies, ...optionalDependencies }),
  platform: "node",
  format: "esm",
  target: "node20",
  sourcemap: true,
  logLevel: "warning",
});
// What k6 is given: each bundled scenario (a file of its name), and what drives it, for a bundle that is made when a run
// starts. Nothing of Node's is there.
const scenarioFiles = await filesOfScenarios();
await build({
  entryPoints: {
    script: "src/engine/k6/script/index.ts",
    index: "src/index.ts",
    ...scenarioFiles,
  },
  outdir: "dist/k6",
  bundle: true,
  splitting: true,
  external: ["k6", "k6/*"],
  platform: "neutral",
  mainFields: ["module", "main"],
  format: "esm",
  target: "es2022",
  logLevel: "warning",
});
/** By the name of what is built: each system's, named as on the command line; not what they share. */
async function filesOfScenarios() {
  const entries = await readdir("scenarios", { withFileTypes: true });
  const folders = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  const files = await Promise.all(
    folders.map(async (folder) =>
      (await readdir(`scenarios/${folder}`))
        .filter((name) => name.endsWith(".ts"))
        .map((name) => ({ name: name.slice(0, -3), path: `scenarios/${folder}/${name}` })),
    ),
  );
  const texts = await Promise.all(
    files.flat().map(async (file) => ({ ...file, text: await readFile(file.path, "utf8") })),
  );
  return Object.fromEntries(
    texts
      .filter(({ text }) => text.includes("defineScenario({"))
      .map(({ name, path }) => [`scenarios/${name}`, path]),
  );
}

/** Every page passes on what draws its charts, and whoever has one page alone shall know whose it is. */
async function pageBanner() {
  const named = [
    ["Apache ECharts, Apache License 2.0", "echarts/NOTICE"],
    ["zrender, BSD 3-Clause License", "zrender/LICENSE"],
    ["parts of d3 in ECharts, BSD 3-Clause License", "echarts/licenses/LICENSE-d3"],
  ];
  const lines = named.map(async ([name, file]) => {
    const text = await readFile(`node_modules/${file}`, "utf8");
    const [copyright] = /^Copyright .*$/m.exec(text) ?? [];
    if (copyright === undefined) throw new Error(`no copyright in ${file}`);
    return `${name}: ${copyright.trim()}`;
  });
  const all = await Promise.all(lines);
  return `/*! Contains\n${all.join("\n")}\nTheir licences: dist/licences of the npm package loadgen */`;
}
// What pages carry: the script that draws their charts, and their style.
await build({
  entryPoints: ["src/report/page/client/main.ts", "src/report/page/client/style.css"],
  outdir: "dist/page",
  bundle: true,
  minify: true,
  platform: "browser",
  format: "iife",
  target: ["es2022", "chrome107", "firefox104", "safari16"],
  // It stands within an element: nothing in it may end that.
  supported: { "inline-script": false },
  legalComments: "none",
  banner: { js: await pageBanner() },
  logLevel: "warning",
});
await chmod("dist/loadgen.js", 0o755);
// What is bundled is passed on, and its licences want to be passed on with it.
await mkdir("dist/licences", { recursive: true });
for (const [name, file] of [
  ["echarts", "echarts/LICENSE"],
  ["echarts-notice", "echarts/NOTICE"],
  ["d3", "echarts/licenses/LICENSE-d3"],
  ["zrender", "zrender/LICENSE"],
]) {
  await copyFile(`node_modules/${file}`, `dist/licences/${name}.txt`);
}
// So that npx finds the command in a clone as it does in an installation; without this link npx
// would install the clone into a cache of its own first.
await mkdir("node_modules/.bin", { recursive: true });
await rm("node_modules/.bin/loadgen", { force: true });
await symlink("../../dist/loadgen.js", "node_modules/.bin/loadgen");
if (withTypes) {
  const compiler = createRequire(import.meta.url).resolve("typescript/bin/tsc");
  execFileSync(process.execPath, [compiler, "-p", "tsconfig.types.json"], { stdio: "inherit" });
}
