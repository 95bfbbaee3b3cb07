/** What a comparison leaves in its folder. */
import type { Comparison } from "../compare/result.ts";
import { compareMarkdown } from "../report/compare-text.ts";
import type { RunFolder } from "../run/store.ts";
import { addPage } from "./pages.ts";

export async function storeComparison(folder: RunFolder, comparison: Comparison): Promise<void> {
  await folder.writeJson("compare.json", comparison);
  await folder.write("summary.md", compareMarkdown(comparison));
  await addPage(folder.path);
}
