/** summary.md of a night: for a job's page or a comment. */
import { counted } from "../core/counted.ts";
import type { Night } from "../nightly/result.ts";
import { lengthText } from "./figures.ts";
import { historyText, nightSection } from "./night-section.ts";
import { sectionMarkdown, verdictMarkdown } from "./summary-markdown.ts";

export function nightMarkdown(night: Night): string {
  const { verdict, suite, runs, lengthMs, at, notes } = night;
  return [
    ...verdictMarkdown(verdict),
    `Exit code ${verdict.exitCode}; suite ${suite.name}, ${counted(runs.length, "run")} in ${lengthText(lengthMs)}, from ${at}.`,
    "",
    sectionMarkdown(nightSection(night)),
    `${historyText(night)}.`,
    "",
    ...notes.flatMap((note) => [`- ${note}`]),
  ].join("\n");
}
