/**
 * summary.md: the result for a job's page or a comment at a pull request. What decides stands above;
 * what explains it is folded, a click away.
 */
import type { Verdict } from "../core/verdict.ts";
import type { AnyResult } from "../run/result.ts";
import { counted, countText } from "../core/counted.ts";
import { changedPlans } from "./explain-section.ts";
import { digits, timeText } from "./figures.ts";
import { repeatCommand } from "./repeat-command.ts";
import { invariantSection, runSections, thresholdSection } from "./run-sections.ts";
import { hasContent, type Section } from "./section.ts";

/** `folder`: the run's own, as the command that repeats it names it. */
export function summaryMarkdown(run: AnyResult, folder: string): string {
  const { verdict, plan } = run;
  const about = [
    `scenario ${plan.scenario}`,
    ...(plan.system === null ? [] : [`system ${plan.system}, variant ${plan.variant ?? ""}`]),
    counted(plan.sessions, "session"),
    ...(plan.faults.length === 0 ? [] : [`faults ${plan.faults.join(", ")}`]),
    `seed ${plan.seed}`,
    `PostgreSQL ${run.server.version}`,
  ];
  const judged = [thresholdSection(run), invariantSection(run)].filter(hasContent);
  const titles = new Set(judged.map(({ title }) => title));
  const folded = runSections(run).filter(({ title }) => !titles.has(title));
  const again = repeatCommand(run, folder);
  return [
    ...verdictMarkdown(verdict),
    `Exit code ${verdict.exitCode}; ${inText(about.join(", "))}.`,
    "",
    keyFigures(run),
    ...changesMarkdown(run),
    ...judged.map(sectionMarkdown),
    ...folded.map(foldedMarkdown),
    ...(again === null ? [] : ["Again:", "", "```sh", again, "```", ""]),
    `Decisions: \`${run.digest.decisions}\``,
    "",
  ].join("\n");
}

/** Its lines, the last of them blank. */
export function verdictMarkdown({ status, reasons: [first = "", ...others] }: Verdict): string[] {
  return [
    `# ${status.toUpperCase()}: ${inText(first)}`,
    "",
    // A blank line ends the list, lest what follows belongs to its last item.
    ...others.flatMap((reason) => [`- and ${inText(reason)}`, ""]),
  ];
}

/** What is asked first, over all operations. */
function keyFigures({ transactions, concurrency, offered }: AnyResult): string {
  const { committed, aborted, unknown, retries, perSecond, latencyUs } = transactions;
  const { busySessions } = concurrency;
  const figures: readonly (readonly [string, string])[] = [
    ["committed", countText(committed)],
    ["a second", digits(perSecond)],
    ...(offered === null ? [] : [["offered a second", digits(offered.perSecond)] as const]),
    ["p50", timeText(latencyUs.p50)],
    ["p99", timeText(latencyUs.p99)],
    ["max", timeText(latencyUs.max)],
    ["failed", countText(aborted + unknown)],
    ["retries", countText(retries)],
    ["busy sessions", busySessions === null ? "–" : digits(busySessions.mean)],
  ];
  return tableMarkdown(
    figures.map(([name]) => name),
    [figures.map(([, text]) => text)],
  );
}

/** Whoever looks for why a run is slow is to see it without opening anything. */
function changesMarkdown({ explain }: AnyResult): readonly string[] {
  const changes = explain === null ? [] : changedPlans(explain);
  return changes.length === 0 ? [] : [...changes.map((change) => `- ${inText(change)}`), ""];
}

function foldedMarkdown(section: Section): string {
  const { title } = section;
  // GitHub reads Markdown in it only after a blank line.
  return [
    `<details><summary>${inText(title)}</summary>`,
    "",
    contentMarkdown(section),
    "</details>",
    "",
  ].join("\n");
}

export function sectionMarkdown(section: Section): string {
  return `## ${section.title}\n\n${contentMarkdown(section)}`;
}

function contentMarkdown({ heading, rows, remarks }: Section): string {
  const table = rows.length > 0 ? [tableMarkdown(heading, rows)] : [];
  return [...table, ...remarks.map((remark) => `- ${inText(remark)}`), ""].join("\n");
}

/** With a blank line after it. */
function tableMarkdown(heading: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  const inCells = (cells: readonly string[]) => {
    const texts = cells.map((cell) => inText(cell).replaceAll("|", "\\|"));
    return cells.length === 1 && heading.length > 1
      ? [`**${texts.join()}**`, ...heading.slice(1).map(() => "")]
      : texts;
  };
  const body = rows.map((cells) => line(inCells(cells)));
  return [line(inCells(heading)), line(heading.map(() => "---")), ...body, ""].join("\n");
}

/**
 * Names and messages of a server's may look like a tag, and must not become one; nor may they end a line.
 * A star is one (`count(*)`), and neither emphasis nor a list in the list.
 */
function inText(text: string): string {
  return text
    .replace(/\s*[\r\n]+\s*/g, " ")
    .replace(/<(?=[a-z/!?])/gi, "&lt;")
    .replaceAll("*", "\\*");
}
