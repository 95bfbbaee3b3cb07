/** Tables that are printed row by row, as the rows are measured, and kept for the Markdown file. */
import { digits } from "../src/report/figures.ts";
import type { Spread } from "./spread.ts";

export class Table {
  readonly #title: string;
  readonly #heading: readonly string[];
  readonly #rows: (readonly string[])[] = [];
  readonly #print: (line: string) => void;

  /** @param heading as wide as the cells below it: rows that come later cannot widen a column. */
  constructor(title: string, heading: readonly string[], print: (line: string) => void) {
    this.#title = title;
    this.#heading = heading;
    this.#print = print;
    print(`\n${title}`);
    print(this.#line(heading));
  }

  row(cells: readonly string[]): void {
    this.#rows.push(cells);
    this.#print(this.#line(cells));
  }

  /** The first column to the left, as on the terminal, and all others to the right. */
  markdown(): string {
    const lines = [
      this.#heading,
      this.#heading.map((_, column) => (column === 0 ? "---" : "---:")),
      ...this.#rows,
    ];
    const rows = lines.map((cells) => `| ${cells.join(" | ")} |`);
    return [`## ${this.#title}`, "", ...rows, ""].join("\n");
  }

  #line(cells: readonly string[]): string {
    return cells
      .map((cell, column) => {
        const width = this.#heading[column]?.length ?? 0;
        return column === 0 ? cell.padEnd(width) : cell.padStart(width);
      })
      .join("  ")
      .trimEnd();
  }
}

/** What could not be measured. */
export const missing = "–";

/** `1.93 (1.88 to 2.1)`, or the one value if it was measured once. */
export function spreadText({ median, min, max }: Spread): string {
  return min === max ? digits(median) : `${digits(median)} (${digits(min)} to ${digits(max)})`;
}
