/** summary.md of a sweep: its answer for a job's page or a pull request. */
import { counted } from "../core/counted.ts";
import type { SweepResult } from "../sweep/result.ts";
import { hasContent } from "./section.ts";
import { sectionMarkdown, verdictMarkdown } from "./summary-markdown.ts";
import { answerLines } from "./sweep-answer.ts";
import { fixesSection, notesSection, stepsSection } from "./sweep-sections.ts";

export function sweepMarkdown(result: SweepResult): string {
  const { verdict, plan } = result;
  const about = [
    `scenario ${plan.scenario}`,
    ...(plan.system === null ? [] : [`system ${plan.system}, variant ${plan.variant ?? ""}`]),
    `${plan.counts.join(", ")} sessions`,
    counted(plan.repeats, "repeat"),
    ...(plan.faults.length === 0 ? [] : [`faults ${plan.faults.join(", ")}`]),
    `seed ${plan.seed}`,
  ];
  const sections = [stepsSection, fixesSection, notesSection].map((section) => section(result));
  return [
    ...verdictMarkdown(verdict),
    `Exit code ${verdict.exitCode}; ${about.join("; ")}.`,
    "",
    "## The answer",
    "",
    ...answerLines(result).map(([name, text]) => `- **${name}**: ${text}`),
    "",
    "![Throughput, sessions at the server, and where the time goes](sweep.svg)",
    "",
    ...sections.filter(hasContent).map(sectionMarkdown),
  ].join("\n");
}
