/** What the bench tells: on stdout as it goes, and as a Markdown file of tables and notes at its end. */
import type { Telling } from "./bench.ts";
import { Table } from "./table.ts";

export class Report implements Telling {
  readonly #tables: Table[] = [];
  readonly #notes: string[] = [];
  readonly #print: (line: string) => void;
  readonly #printProgress: (line: string) => void;

  /** Tables and notes go to `print`, what is being done to `printProgress`. */
  constructor(print: (line: string) => void, printProgress: (line: string) => void) {
    this.#print = print;
    this.#printProgress = printProgress;
  }

  readonly table = (title: string, heading: readonly string[]): Table => {
    const table = new Table(title, heading, this.#print);
    this.#tables.push(table);
    return table;
  };

  readonly note = (text: string): void => {
    this.#notes.push(text);
    this.#print(`! ${text}`);
  };

  readonly progress = (text: string): void => this.#printProgress(`· ${text}`);

  /** @param facts what must be known to read it, by name: machine, versions, date, command. */
  markdown(facts: Readonly<Record<string, string>>): string {
    return [
      "# Bench",
      "",
      ...Object.entries(facts).map(([name, value]) => `- ${name}: ${value}`),
      "",
      ...this.#tables.map((table) => table.markdown()),
      ...(this.#notes.length > 0 ? ["## Notes", ""] : []),
      ...this.#notes.map((note) => `- ${note}`),
      "",
      "How to read this: bench/README.md.",
      "",
    ].join("\n");
  }
}
