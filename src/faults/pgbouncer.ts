/** Where a PgBouncer is on this machine. */
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

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
