/** How titles, tables, sentences and verdicts stand on a terminal, in all commands alike. */
import pc from "picocolors";
import type { Verdict } from "../core/verdict.ts";
import { columns } from "./figures.ts";
import type { Line, Section } from "./section.ts";

export type Pen = ReturnType<typeof pc.createColors>;

/** `colours`: off where escape codes would end up in a file. */
export function penFor(colours: boolean): Pen {
  return pc.createColors(colours);
}

export function sectionText({ title, heading, rows, remarks }: Section, pen: Pen): string {
  const table = rows.length > 0 ? indented(columns(heading, rows)) : [];
  return [pen.bold(title), ...table, ...remarks.flatMap(indented), ""].join("\n");
}

function indented(text: string): string[] {
  return text.split("\n").map((line) => `  ${line}`);
}

/** The same section with its sentences no wider than a screen. */
export function fitted(section: Section): Section {
  return { ...section, remarks: section.remarks.map((remark) => hanging(remark, 2)) };
}

/** The first line begins after so many characters, all others stand two further in than the text. */
function hanging(text: string, begin: number): string {
  return wrapped(text, { first: screenWidth - begin, others: screenWidth - 4 }).join("\n  ");
}

/** The name, and beside it the text. */
export function lineText([name, text]: Line): string {
  return `  ${name.padEnd(nameWidth)} ${text}`;
}

const nameWidth = 11;

/** As `lineText`, but no wider than a screen: what follows stands under the beginning of the text. */
export function wrappedLineText([name, text]: Line): string {
  const margin = " ".repeat(nameWidth + 3);
  const width = screenWidth - margin.length;
  return lineText([name, wrapped(text, { first: width, others: width }).join(`\n${margin}`)]);
}

/** In columns; as wide as what is to be read in one piece may be. */
const screenWidth = 100;

/** Lines of at most so many characters, but for words that are longer themselves. */
export function wrapped(text: string, { first, others }: Widths): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(/\s+/)) {
    const longer = line === "" ? word : `${line} ${word}`;
    const isFull = longer.length > (lines.length === 0 ? first : others) && line !== "";
    if (isFull) lines.push(line);
    line = isFull ? word : longer;
  }
  return [...lines, line];
}

interface Widths {
  readonly first: number;
  readonly others: number;
}

/** As `verdictText`, but no wider than a screen. */
export function wrappedVerdictText(verdict: Verdict, pen: Pen): string {
  const begin = `${verdict.status} (exit code ${verdict.exitCode}): `.length;
  const reasons = verdict.reasons.map((reason) => hanging(reason, begin));
  return verdictText({ ...verdict, reasons }, pen);
}

export function verdictText({ status, exitCode, reasons }: Verdict, pen: Pen): string {
  const { green: pass, red: fail, magenta: invalid, yellow: unknown } = pen;
  const colour = { pass, fail, invalid, unknown }[status];
  const [first = "", ...others] = reasons;
  return [
    `${colour(pen.bold(status.toUpperCase()))} (exit code ${exitCode}): ${first}`,
    ...others.map((reason) => `  and ${reason}`),
  ].join("\n");
}
