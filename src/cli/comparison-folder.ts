/** What a comparison leaves in its folder. */
import type { Comparison } from "../compare/result.ts";
import { compareMarkdown } from "../report/compare-text.ts";
import type { RunFolder } from "../run/store.ts";
import { pageOf } from "./pages.ts";
import { noteOnStderr, writeSideOutputs } from "./side-outputs.ts";

export async function storeComparison(folder: RunFolder, comparison: Comparison): Promise<void> {
  await folder.writeResult("compare.json", comparison);
  const summary = async () => folder.write("summary.md", compareMarkdown(comparison));
  await writeSideOutputs([["summary.md", summary], pageOf(folder)], noteOnStderr);
}
