/** docs/faults.md, from what was measured and from the faults' essays. Pure. */
import { acceptedBy, defaultText } from "../src/core/fault-text.ts";
import type { Fault } from "../src/faults/fault.ts";
import { debtText } from "../src/report/debt-text.ts";
import { digits, timeText } from "../src/report/figures.ts";
import { feltText, recoveredText } from "../src/report/impact-section.ts";
import type { RunResult } from "../src/run/result.ts";
import type { Essay } from "./essay.ts";

/** What is read of run.json. */
export type RunOfFault = Pick<RunResult, "verdict" | "faults" | "ledger">;

export interface FaultRow {
  readonly fault: Fault;
  /** As it was written on the command line. */
  readonly text: string;
  readonly code: number | null;
  readonly run: RunOfFault;
  readonly essay: Essay;
}

/** In force from the fifth second to the eighth, a side task until it is done; parameters that must be given are given their least. */
export function textOf({ name, parameters, endsByItself }: Fault): string {
  const given = Object.entries(parameters).flatMap(([key, limits]) =>
    "min" in limits && limits.default === null ? [`${key}=${limits.min}`] : [],
  );
  return `${name}${given.length > 0 ? `:${given.join(",")}` : ""}@5s${endsByItself === true ? "" : "+3s"}`;
}

export function pageOf(rows: readonly FaultRow[], facts: Readonly<Record<string, string>>): string {
  const table = [
    ["fault", "reach", "/s before", "during", "after", "tail before", "during", "after"],
    ["recovered after", "what undoes it"],
  ].flat();
  return [
    "# The faults, measured",
    "",
    "Written by `npm run docs:faults`, which runs every fault once: figures of one run each, on one machine, to tell",
    "their orders of magnitude. The text is that of the essays at the top of `src/faults/*.ts`.",
    "",
    ...Object.entries(facts).map(([name, value]) => `- ${name}: ${value}`),
    "",
    line(table),
    line(table.map(() => "---")),
    ...rows.map((row) => line(cellsOf(row))),
    "",
    ...rows.flatMap(sectionOf),
  ].join("\n");
}

/**
 * The page with these faults measured anew, each in its place, and nothing else changed.
 * @param apart where and how they were measured. Throws an Error where the page has no such fault.
 */
export function pageWith(page: string, rows: readonly FaultRow[], apart: string): string {
  return rows.reduce((text, row) => withRow(text, row, apart), page);
}

function withRow(page: string, row: FaultRow, apart: string): string {
  const { name } = row.fault;
  const [head = "", ...sections] = page.split(/^(?=## )/m);
  const lines = head.split("\n");
  const isOfIt = (one: string) => one.startsWith("| [") && one.includes(`](#${name}) |`);
  const section = sections.findIndex((one) => one.startsWith(`## ${name}\n`));
  if (!lines.some(isOfIt) || section < 0) throw new Error(`the page has no fault ${name}`);
  sections[section] = sectionOf(row).join("\n");
  const label = `- ${name}: measured apart, `;
  const facts = lines.findLastIndex((one) => one.startsWith("- "));
  const withIt = lines
    .toSpliced(facts + 1, 0, label + apart)
    .filter((one, index) => index === facts + 1 || !one.startsWith(label))
    .map((one) => (isOfIt(one) ? line(cellsOf(row)) : one));
  return withIt.join("\n") + sections.map((one) => `${one.trimEnd()}\n`).join("\n");
}

function sentence(words: string): string {
  return words.charAt(0).toUpperCase() + words.slice(1);
}

function line(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
}

function cellsOf({ fault, text, run }: FaultRow): readonly string[] {
  const impact = run.faults[0]?.impact ?? null;
  const { baseline, fault: during, recovery } = impact ?? {};
  const parts = [baseline, during, recovery];
  return [
    `[${text}](#${fault.name})`,
    fault.radius,
    ...parts.map((part) => (part == null ? "–" : digits(part.perSecond))),
    ...parts.map((part) => (part == null ? "–" : timeText(part.tailUs))),
    impact === null ? "–" : recoveredText(impact.recovered),
    undoText(fault),
  ];
}

function undoText({ undo, radius }: Fault): string {
  if (undo === undefined) return "the end of its connections, or of loadgen";
  return radius === "host" ? "loadgen, or its watchdog" : "loadgen, or `loadgen chaos restore`";
}

function sectionOf({ fault, text, code, run, essay }: FaultRow): readonly string[] {
  const [seen] = run.faults;
  const parameters = Object.entries(fault.parameters).map(
    ([name, limits]) =>
      `- \`${name}\`: ${limits.help}: ${acceptedBy(limits)}, ${defaultText(limits)}`,
  );
  return [
    `## ${fault.name}`,
    "",
    `${sentence(fault.summary)}.`,
    "",
    ...parameters,
    ...(parameters.length > 0 ? [""] : []),
    ...Object.entries(essay).map(([label, words]) => `**${label}.** ${sentence(words)}\n`),
    `**Measured** with \`${text}\`: ${seen === undefined ? "nothing" : seen.evidence}. ` +
      (seen?.debt == null ? "" : `${sentence(debtText(seen.debt))} `) +
      (seen?.impact == null
        ? ""
        : `${sentence(feltText(seen.impact.felt))}; ${recoveredText(seen.impact.recovered)}. `) +
      `Exit code ${String(code)}: ${run.verdict.reasons.join("; ")}.`,
    "",
  ];
}
