/** Rows as COPY's text format has them (PostgreSQL manual, COPY, "Text Format"), many at once. */
import type { Scalar } from "../core/step.ts";
import type { FixtureParameters, RowBlock, TableData } from "../core/system.ts";

export interface WantedRows {
  readonly parameters: FixtureParameters;
  readonly columns: readonly string[];
  /** How many of the first rows are left out. */
  readonly from: number;
}

/** Of any system: as its data gives them, or made of its rows. */
export function rowBlocks(data: TableData, wanted: WantedRows): Iterable<RowBlock> {
  const { parameters, columns, from } = wanted;
  return data.blocks(parameters, columns, from) ?? encoded(data.rows(parameters, columns), from);
}

/** Few writes, and little memory. */
const blockChars = 262_144;

function* encoded(all: Iterable<readonly Scalar[]>, from: number): Generator<RowBlock> {
  let toSkip = from;
  let [rows, text] = [0, ""];
  for (const row of all) {
    if (toSkip-- > 0) continue;
    text += rowText(row);
    rows++;
    if (text.length < blockChars) continue;
    yield { rows, text };
    [rows, text] = [0, ""];
  }
  if (rows > 0) yield { rows, text };
}

/** A line. */
export function rowText(row: readonly Scalar[]): string {
  let text = "";
  let separator = "";
  for (const value of row) {
    text += separator + fieldText(value);
    separator = "\t";
  }
  return `${text}\n`;
}

function fieldText(value: Scalar): string {
  if (value === null) return "\\N";
  if (typeof value !== "string") return String(value);
  return special.test(value) ? value.replace(specials, escaped) : value;
}

const special = /[\\\t\n\r]/;
const specials = /[\\\t\n\r]/g;
const escapes: Readonly<Record<string, string>> = {
  "\\": "\\\\",
  "\t": "\\t",
  "\n": "\\n",
  "\r": "\\r",
};

function escaped(character: string): string {
  return escapes[character] ?? character;
}
