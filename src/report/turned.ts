/** A table that is too wide for where it is read: turned, and in parts. Pure. */
import { columns } from "./figures.ts";
import { wrapped } from "./screen.ts";
import type { Section } from "./section.ts";

interface Turning {
  /** In characters. */
  readonly widthMax: number;
  /** What stands above the first column once the others have become rows, such as "variant". */
  readonly corner: string;
  /** A heading longer than this goes on below itself; null: where it is shown, that is done anyway. */
  readonly headingMax: number | null;
}

/**
 * The section itself where its table fits. Else its columns become rows, and its rows columns, as many
 * to a section as fit, one at the least: all that is to be held against one another stays below one
 * another. The remarks follow the last.
 */
export function turnedToFit(
  section: Section,
  { widthMax, corner, headingMax }: Turning,
): readonly Section[] {
  const { title, heading, rows, remarks } = section;
  if (fits(section, widthMax)) return [section];
  const names = heading.slice(1);
  const turned = (part: Section["rows"]) => {
    const [first = [], ...below] = headingLines(
      [corner, ...part.map(([name = ""]) => name)],
      headingMax,
    );
    const own = names.map((name, at) => [name, ...part.map((row) => row[at + 1] ?? "")]);
    return { heading: first, rows: [...below, ...own] };
  };
  const parts: Section["rows"][] = [];
  for (const row of rows) {
    const last = parts.at(-1) ?? [];
    const longer = [...last, row];
    const stays = last.length > 0 && fits(turned(longer), widthMax);
    if (stays) parts[parts.length - 1] = longer;
    else parts.push([row]);
  }
  return parts.map((part, at) => ({
    title: `${title} (${at + 1} of ${parts.length})`,
    ...turned(part),
    remarks: at === parts.length - 1 ? remarks : [],
  }));
}

/** As many lines as the longest heading takes. */
function headingLines(headings: readonly string[], lengthMax: number | null): string[][] {
  if (lengthMax === null) return [[...headings]];
  const cells = headings.map((text) => wrapped(text, { first: lengthMax, others: lengthMax }));
  const count = Math.max(...cells.map((lines) => lines.length));
  return Array.from({ length: count }, (_, at) => cells.map((lines) => lines[at] ?? ""));
}

function fits({ heading, rows }: Pick<Section, "heading" | "rows">, widthMax: number): boolean {
  const lines = columns(heading, rows).split("\n");
  return lines.every((line) => line.length <= widthMax);
}
