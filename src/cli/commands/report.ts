/** `loadgen report`: writes a run's page again, from what the run stored. */
import { relative, resolve } from "node:path";
import { UsageError } from "../problems.ts";
import { writeRunPage } from "../run-page.ts";

/** Returns the path of the page. Throws a UsageError with everything that is wrong with the folder. */
export async function reportCommand(folder: string): Promise<string> {
  const path = resolve(folder);
  const shown = relative(process.cwd(), path) || ".";
  const written = await writeRunPage(path, shown);
  if (!written.ok) throw new UsageError(written.problems);
  return relative(process.cwd(), written.value);
}
