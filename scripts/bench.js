// Builds loadgen and a program of bench/, and runs that with the words that follow its name:
// `node scripts/bench.js main --help`. Node 20 reads no TypeScript. Both go into a
// folder of their own, since a bench takes long and dist/ may be built anew meanwhile. It lies in
// node_modules, from where the bundles find what they import.
import { execFileSync } from "node:child_process";
import { cp, mkdir, mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";

const [program = "main"] = process.argv.splice(2, 1);
process.chdir(fileURLToPath(new URL("..", import.meta.url)));
execFileSync(process.execPath, ["scripts/build.js", "--no-types"], { stdio: "inherit" });
const cache = join("node_modules", ".cache");
await mkdir(cache, { recursive: true });
const folder = await mkdtemp(join(cache, "bench-"));
try {
  await cp("dist", join(folder, "dist"), { recursive: true });
  const outfile = join(folder, "bench.js");
  await build({
    entryPoints: [join("bench", `${program}.ts`)],
    outfile,
    bundle: true,
    packages: "external",
    platform: "node",
    format: "esm",
    target: "node20",
    sourcemap: true,
    logLevel: "warning",
  });
  await import(pathToFileURL(outfile).href);
} finally {
  await rm(folder, { recursive: true, force: true });
}
