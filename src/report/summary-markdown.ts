/** summary.md: the result for a job's page or a pull request. */
import type { Verdict } from "../core/verdict.ts";
import type { AnyResult } from "../run/result.ts";
import { counted } from "../core/counted.ts";
import { runSections } from "./run-sections.ts";
import type { Section } from "./section.ts";

export function summaryMarkdown(run: AnyResult): string {
  const { verdict, plan } = run;
  const about = [
    `scenario ${plan.scenario}`,
    ...(plan.system === null ? [] : [`system ${plan.system}, variant ${plan.variant ?? ""}`]),
    counted(plan.sessions, "session"),
    `seed ${plan.seed}`,
    `PostgreSQL ${run.server.version}`,
  ];
  return [
    ...verdictMarkdown(verdict),
    `Exit code ${verdict.exitCode}; ${about.join(", ")}.`,
    "",
    ...runSections(run).map(sectionMarkdown),
    `Decisions: \`${run.digest.decisions}\``,
    "",
  ].join("\n");
}

/** Its lines, the last of them blank. */
export function verdictMarkdown({ status, reasons: [first = "", ...others] }: Verdict): string[] {
  return [
    `# ${status.toUpperCase()}: ${first}`,
    "",
    // A blank line ends the list, lest what follows belongs to its last item.
    ...others.flatMap((reason) => [`- and ${reason}`, ""]),
  ];
}

export function sectionMarkdown({ title, heading, rows, remarks }: Section): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  const table =
    rows.length > 0 ? [line(heading), line(heading.map(() => "---")), ...rows.map(line), ""] : [];
  return [`## ${title}`, "", ...table, ...remarks.map((remark) => `- ${remark}`), ""].join("\n");
}
