/**
 * Where this package is: its .sql files are read at run time, from a checkout as from an
 * installation, and by the bundle in dist as by the sources.
 */
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The folder of the package.json named "loadgen", upwards from this file. */
export function packageRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  for (;;) {
    if (isLoadgen(join(folder, "package.json"))) return folder;
    const parent = dirname(folder);
    if (parent === folder)
      throw new Error("there is no package.json of loadgen above its own code");
    folder = parent;
  }
}

/** Such as "0.1.0". */
export function packageVersion(): string {
  const manifest = readFileSync(join(packageRoot(), "package.json"), "utf8");
  return (JSON.parse(manifest) as { version: string }).version;
}

function isLoadgen(path: string): boolean {
  if (!existsSync(path)) return false;
  const manifest = JSON.parse(readFileSync(path, "utf8")) as { name?: unknown };
  return manifest.name === "loadgen";
}
