/** Builds the command line, once before all tests that run it. */
import { execFileSync } from "node:child_process";
import { join } from "node:path";

const script = join(import.meta.dirname, "..", "..", "scripts", "build.js");

/** The declarations are left out: nothing here is compiled against them. */
export function buildLoadgen(): void {
  execFileSync(process.execPath, [script, "--no-types"], { stdio: "inherit" });
}
