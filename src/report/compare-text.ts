/** What `loadgen compare` prints, and its summary.md: what was compared, the figures, the verdict. */
import type { Comparison } from "../compare/result.ts";
import { compareSections } from "./compare-sections.ts";
import type { Section } from "./section.ts";
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
    ...compareSections(comparison).map((section) => sectionText(narrow(fitted(section)), pen)),
    wrappedVerdictText(comparison.judgement, pen),
    `  report ${folder}`,
  ].join("\n");
}

/** What the other columns of the figures leave of a screen. */
const nameWidthMax = 26;

/** With no name wider than that: operations may have long ones. */
function narrow(section: Section): Section {
  const cut = (name: string) =>
    name.length > nameWidthMax ? `${name.slice(0, nameWidthMax - 1)}…` : name;
  return { ...section, rows: section.rows.map(([name = "", ...cells]) => [cut(name), ...cells]) };
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
