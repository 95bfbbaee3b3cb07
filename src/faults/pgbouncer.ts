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

export interface Wish {
  /** What needs it, as written. */
  readonly by: string;
  /** What to do without it, such as "take via=gate". */
  readonly otherwise: string;
}

/** @param program where PgBouncer is; null: nowhere. */
export async function pgbouncerProblems(
  target: FaultTarget,
  program: string | null,
  { by, otherwise }: Wish,
): Promise<readonly string[]> {
  return [
    ...(program === null
      ? [
          `${by} needs PgBouncer on this machine: install it (on Debian: apt-get install pgbouncer), or ${otherwise}`,
        ]
      : []),
    ...((await usesTls(target))
      ? [`${by} connects without TLS: give a URL with sslmode=disable, or ${otherwise}`]
      : []),
  ];
}
