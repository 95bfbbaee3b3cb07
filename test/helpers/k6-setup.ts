/**
 * k6 for the tests that need it: built once, and kept from one time to the next. LOADGEN_K6 names
 * another one.
 */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { k6Binary, K6Problem } from "../../src/engine/k6/binary.ts";

declare module "vitest" {
  export interface ProvidedContext {
    /** The path of a k6 with SQL; null: there is no Go to build one with. */
    k6: string | null;
  }
}

const root = join(import.meta.dirname, "..", "..");

/** Where Go keeps what it has compiled is another place: this is only the binary. */
export const k6Cache = join(root, "node_modules", ".cache", "loadgen-k6");

export default async function setup(project: TestProject): Promise<() => void> {
  const named = process.env.LOADGEN_K6 ?? null;
  try {
    const { path } = await k6Binary({
      named,
      module: join(root, "k6"),
      cache: k6Cache,
      onBuilding: () => process.stderr.write("building k6 with Go, once\n"),
    });
    project.provide("k6", path);
    return () => undefined;
  } catch (error) {
    if (!(error instanceof K6Problem) || named !== null || hasGo()) throw error;
    const leftOut = `left out: all tests of the engine k6 (*.k6.test.ts). ${error.message}\n`;
    process.stderr.write(leftOut);
    project.provide("k6", null);
    // And once more at the end, where it is seen.
    return () => void process.stderr.write(leftOut);
  }
}

/** Where there is Go, a k6 that cannot be built is a failure, as is one that was named and cannot be used. */
function hasGo(): boolean {
  return spawnSync("go", ["version"]).status === 0;
}
