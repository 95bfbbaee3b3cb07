/** What a report says of a soak: whether dead rows and sizes level off over the vacuums of a run. */
import { counted, countText } from "../core/counted.ts";
import type { Level } from "../metrics/vacuum-cycles.ts";
import type { AnyResult } from "../run/result.ts";
import type { Soaked } from "../run/soak.ts";
import { bytesText, digits } from "./figures.ts";
import type { Section } from "./section.ts";

/** So long autovacuum takes for three cycles at the least, unless it is told to look more often. */
const soakMsMin = 180_000;

/** Empty for a short run without a cycle of any table: nobody expects one in it. */
export function soakSection({ soak, transactions }: AnyResult): Section {
  const isSoak = transactions.lengthMs >= soakMsMin || soak.some(({ cycles }) => cycles > 0);
  const shown = isSoak ? soak : [];
  return {
    title: "Dead rows and sizes from one vacuum to the next",
    heading: ["table", "cycles", "dead rows at the peak", "size", "size of indexes"],
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
  if (soaked.kind === "not-judged") {
    const why = soaked.vacuums === 0 ? "no vacuum" : "too short to say";
    return [why, why, why];
  }
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
  const { table, cycles, needed, vacuums, deadTuplesFirst, deadTuplesLast } = soaked;
  const few = `${counted(cycles, "whole vacuum cycle")}, and it takes ${needed}`;
  const none =
    "no vacuum of it ended in this time, in which its dead rows went from " +
    `${countText(deadTuplesFirst)} to ${countText(deadTuplesLast)}`;
  return [`${table}: ${vacuums === 0 ? none : few}.`];
}
