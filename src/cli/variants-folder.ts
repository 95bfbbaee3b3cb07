/** What a comparison of variants leaves in its folder. */
import type { VariantsResult } from "../compare/variants-result.ts";
import { variantsMarkdown } from "../report/variants-text.ts";
import type { RunFolder } from "../run/store.ts";
import { pageOf } from "./pages.ts";
import { noteOnStderr, writeSideOutputs } from "./side-outputs.ts";

export async function storeVariants(folder: RunFolder, result: VariantsResult): Promise<void> {
  await folder.writeResult("variants.json", result);
  const summary = async () => folder.write("summary.md", variantsMarkdown(result));
  await writeSideOutputs([["summary.md", summary], pageOf(folder)], noteOnStderr);
}
