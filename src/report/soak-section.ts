/** What a report says of a soak: whether dead rows and sizes level off over the vacuums of a run. */
import { counted, countText } from "../core/counted.ts";
import type { Level } from "../metrics/vacuum-cycles.ts";
import type { AnyResult } from "../run/result.ts";
import type { Soaked } from "../run/soak.ts";
import { bytesText, digits } from "./figures.ts";
import type { Section } from "./section.ts";

/** So long autovacuum takes for three cycles at the least, unless it is told to look more often. */
const soakMsMin = 180_000;

/** Empty for a short run without any vacuum: nobody expects one in it. */
export function soakSection({ soak, transactions }: AnyResult): Section {
  const isLong = transactions.lengthMs >= soakMsMin;
  const shown = soak.filter(({ cycles }) => isLong || cycles > 0);
  return {
    title: "Dead rows and sizes from one vacuum to the next",
    heading: ["table", "cycles", "dead rows at the peak", "table", "indexes"],
    rows: shown.map((table) => [table.table, String(table.cycles), ...figuresOf(table)]),
    remarks: [
      ...shown.flatMap(unjudgedText),
      ...(shown.some(({ kind }) => kind === "judged") ? [criterion] : []),
    ],
  };
}

const criterion =
  "Judged by the later half of the cycles, three at least: it grows where it rose by a tenth from the first of them to the last, and most pairs of cycles rise. Sizes are those that the last vacuum found.";

function figuresOf(soaked: Soaked): string[] {
  if (soaked.kind === "not-judged") return ["not judged", "not judged", "not judged"];
  const { deadTuples, tableBytes, indexBytes } = soaked;
  return [
    levelText(deadTuples, countText),
    levelText(tableBytes, bytesText),
    levelText(indexBytes, bytesText),
  ];
}

function levelText({ kind, level, growth }: Level, text: (level: number) => string): string {
  if (kind === "levels-off") return `levels off at ${text(level)}`;
  return `still grows by ${digits(growth * 100)} % a cycle, at ${text(level)}`;
}

function unjudgedText(soaked: Soaked): string[] {
  if (soaked.kind === "judged") return [];
  const { table, cycles, needed } = soaked;
  return [
    `${table}: not judged, because of ${counted(cycles, "whole vacuum cycle")}: expected ${needed}.`,
  ];
}
