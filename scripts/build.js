// Builds dist/: the command line and the library that a scenario of the user's own imports, as two
// entries that share their code, and the declarations for it.
import { execFileSync } from "node:child_process";
import { chmod, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { build } from "esbuild";

process.chdir(new URL("..", import.meta.url).pathname);
await rm("dist", { recursive: true, force: true });
await build({
  entryPoints: { loadgen: "src/cli/main.ts", index: "src/index.ts" },
  outdir: "dist",
  bundle: true,
  splitting: true,
  packages: "external",
  platform: "node",
  format: "esm",
  target: "node20",
  sourcemap: true,
  logLevel: "warning",
});
await chmod("dist/loadgen.js", 0o755);
const compiler = createRequire(import.meta.url).resolve("typescript/bin/tsc");
execFileSync(process.execPath, [compiler, "-p", "tsconfig.types.json"], { stdio: "inherit" });
