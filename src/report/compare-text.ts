/** What `loadgen compare` prints, and its summary.md: what was compared, the figures, the verdict. */
import type { Comparison } from "../compare/result.ts";
import { compareSections } from "./compare-sections.ts";
import { fitted, penFor, sectionText, wrappedVerdictText } from "./screen.ts";
import { sectionMarkdown, verdictMarkdown } from "./summary-markdown.ts";

/** Where it is shown. */
interface Shown {
  readonly folder: string;
  /** Off where escape codes would end up in a file. */
  readonly colours: boolean;
}

export function compareText(comparison: Comparison, { folder, colours }: Shown): string {
  const pen = penFor(colours);
  return [
    ...compareSections(comparison).map((section) => sectionText(fitted(section), pen)),
    wrappedVerdictText(comparison.judgement, pen),
    `  report ${folder}`,
  ].join("\n");
}

/** For a job's page or a pull request. */
export function compareMarkdown(comparison: Comparison): string {
  const { judgement } = comparison;
  return [
    ...verdictMarkdown(judgement),
    `Exit code ${judgement.exitCode}.`,
    "",
    ...compareSections(comparison).map(sectionMarkdown),
  ].join("\n");
}
