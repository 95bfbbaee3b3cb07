/** What `loadgen run --variants` prints at its end, and its summary.md. */
import type { VariantsResult } from "../compare/variants-result.ts";
import { fitted, penFor, sectionText, wrappedVerdictText } from "./screen.ts";
import { sectionMarkdown, verdictMarkdown } from "./summary-markdown.ts";
import { namedVariantsSections } from "./variants-sections.ts";

/** Where it is shown. */
interface Shown {
  readonly folder: string;
  /** Off where escape codes would end up in a file. */
  readonly colours: boolean;
}

/** Without the intervals, which are in the folder. */
export function variantsText(result: VariantsResult, { folder, colours }: Shown): string {
  const pen = penFor(colours);
  const { variants, grounds, figures } = namedVariantsSections(result);
  return [
    ...[variants, grounds, figures].map((section) => sectionText(fitted(section), pen)),
    wrappedVerdictText(result.verdict, pen),
    `  report, with every interval: ${folder}`,
  ].join("\n");
}

export function variantsMarkdown(result: VariantsResult): string {
  const { figures, variants, grounds, intervals } = namedVariantsSections(result);
  return [
    ...verdictMarkdown(result.verdict),
    `Exit code ${result.verdict.exitCode}; scenario ${result.scenario}, seed ${result.seed}.`,
    "",
    ...[figures, variants, grounds, intervals].map(sectionMarkdown),
  ].join("\n");
}
