// Builds dist/: the command line and the library that a scenario of the user's own imports, as two
// entries that share their code, and the declarations for it. With --no-types the declarations stay
// as they are, which takes a tenth of the time.
import { execFileSync } from "node:child_process";
import { chmod, mkdir, rm, symlink } from "node:fs/promises";
import { createRequire } from "node:module";
import { build } from "esbuild";

const withTypes = !process.argv.includes("--no-types");
process.chdir(new URL("..", import.meta.url).pathname);
if (withTypes) await rm("dist", { recursive: true, force: true });
await build({
  entryPoints: {
    loadgen: "src/cli/main.ts",
    index: "src/index.ts",
    "noop-server": "src/server/noop/main.ts",
    "session-thread": "src/cli/session-thread.ts",
    metronome: "src/engine/pg/metronome-thread.ts",
  },
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
// So that npx finds the command in a clone as it does in an installation; without this link npx
// would install the clone into a cache of its own first.
await mkdir("node_modules/.bin", { recursive: true });
await rm("node_modules/.bin/loadgen", { force: true });
await symlink("../../dist/loadgen.js", "node_modules/.bin/loadgen");
if (withTypes) {
  const compiler = createRequire(import.meta.url).resolve("typescript/bin/tsc");
  execFileSync(process.execPath, [compiler, "-p", "tsconfig.types.json"], { stdio: "inherit" });
}
