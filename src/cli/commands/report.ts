/** `loadgen report`: writes a page again, from what a run, a sweep, a comparison or a night stored. */
import { resolve } from "node:path";
import { UsageError } from "../problems.ts";
import { writePage } from "../pages.ts";
import { shownPath } from "../shown-path.ts";

/** Returns the path of the page. Throws a UsageError with everything that is wrong with the folder. */
export async function reportCommand(folder: string): Promise<string> {
  const path = resolve(folder);
  const written = await writePage(path);
  if (!written.ok) throw new UsageError(written.problems);
  return shownPath(written.value);
}
