/** summary.md: the result for a job's page or a pull request. */
import type { RunResult } from "../run/result.ts";
import { counted } from "../core/counted.ts";
import { runSections } from "./run-sections.ts";
import type { Section } from "./section.ts";

export function summaryMarkdown(run: RunResult): string {
  const { verdict, plan } = run;
  const about = [
    `scenario ${plan.scenario}`,
    ...(plan.system === null ? [] : [`system ${plan.system}, variant ${plan.variant ?? ""}`]),
    counted(plan.sessions, "session"),
    `seed ${plan.seed}`,
    `PostgreSQL ${run.server.version}`,
  ];
  return [
    `# ${verdict.status.toUpperCase()}: ${verdict.reasons[0] ?? ""}`,
    "",
    // A blank line ends the list, lest what follows belongs to its last item.
    ...verdict.reasons.slice(1).flatMap((reason) => [`- and ${reason}`, ""]),
    `Exit code ${verdict.exitCode}; ${about.join(", ")}.`,
    "",
    ...runSections(run).map(sectionMarkdown),
    `Decisions: \`${run.digest.decisions}\``,
    "",
  ].join("\n");
}

function sectionMarkdown({ title, heading, rows, remarks }: Section): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  const table =
    rows.length > 0 ? [line(heading), line(heading.map(() => "---")), ...rows.map(line), ""] : [];
  return [`## ${title}`, "", ...table, ...remarks.map((remark) => `- ${remark}`), ""].join("\n");
}
