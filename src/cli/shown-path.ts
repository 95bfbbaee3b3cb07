/** Paths as they are told: from where the command was given, so that they can be given to another one. */
import { relative } from "node:path";

export function shownPath(path: string): string {
  return relative(process.cwd(), path) || ".";
}
