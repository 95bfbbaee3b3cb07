/** Runs code of a test in a process of its own, as part of a package whose metronome may be another. */
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { build } from "esbuild";
import { onTestFinished } from "vitest";
import { packageRoot } from "../../../src/server/package-root.ts";

export interface Elsewhere {
  /** TypeScript; paths of imports begin at the package. */
  readonly code: string;
  /** What the metronome's thread runs; null: nothing is there, and without it, what is built. */
  readonly metronome?: string | null;
}

/** Far more than any of it takes: whoever hangs is ended, and the test fails. */
const timeoutMs = 60_000;

/** Resolves with what the code printed, once its process has ended by itself. Rejects if it failed. */
export async function runElsewhere({ code, metronome }: Elsewhere): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "loadgen-elsewhere-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, "package.json"), '{ "name": "loadgen", "type": "module" }');
  await symlink(join(packageRoot(), "node_modules"), join(folder, "node_modules"));
  if (metronome === undefined) await symlink(join(packageRoot(), "dist"), join(folder, "dist"));
  else await mkdir(join(folder, "dist"));
  if (typeof metronome === "string") {
    await writeFile(join(folder, "dist", "metronome.js"), metronome);
  }
  const outfile = join(folder, "code.js");
  await build({
    stdin: { contents: code, loader: "ts", resolveDir: packageRoot() },
    outfile,
    bundle: true,
    packages: "external",
    platform: "node",
    format: "esm",
  });
  const { stdout } = await promisify(execFile)(process.execPath, [outfile], { timeout: timeoutMs });
  return stdout;
}

/** Strikes for its start, and breaks when a time is set for the first time. */
export const metronomeThatBreaks = `
  import { workerData } from "node:worker_threads";
  const { setCount, strikeCount } = workerData;
  Atomics.add(strikeCount, 0, 1);
  Atomics.notify(strikeCount, 0);
  Atomics.wait(setCount, 0, 0);
  throw new Error("broken later");
`;
