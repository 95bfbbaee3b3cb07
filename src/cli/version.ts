/** loadgen's own version. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { packageRoot } from "../server/package-root.ts";

export function version(): string {
  const manifest = readFileSync(join(packageRoot(), "package.json"), "utf8");
  return (JSON.parse(manifest) as { version: string }).version;
}
