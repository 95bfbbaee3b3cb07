/** Where a PgBouncer is on this machine, and why one could not be used here. */
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import type { FaultTarget } from "./fault.ts";
import { usesTls } from "./network.ts";

/** Debian has it in /usr/sbin, which is in nobody's PATH but root's. */
const alsoIn = ["/usr/sbin", "/usr/local/sbin"];

/** Null: there is none. */
export function pgbouncerProgram(path = process.env.PATH ?? ""): string | null {
  const folders = [...path.split(delimiter).filter((folder) => folder !== ""), ...alsoIn];
  return folders.map((folder) => join(folder, "pgbouncer")).find(isExecutable) ?? null;
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false; // Not there, or not for us.
  }
}

/** @param program where PgBouncer is; null: nowhere. */
export async function pgbouncerProblems(
  target: FaultTarget,
  program: string | null,
): Promise<readonly string[]> {
  return [
    ...(program === null
      ? [
          "pool-limit:via=pgbouncer needs PgBouncer on this machine: install it (on Debian: apt-get install pgbouncer), or take via=gate",
        ]
      : []),
    ...((await usesTls(target))
      ? [
          "pool-limit:via=pgbouncer connects without TLS: give a URL with sslmode=disable, or take via=gate",
        ]
      : []),
  ];
}
