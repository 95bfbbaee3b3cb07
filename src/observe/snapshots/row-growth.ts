/** By how much counters grew, row by row. Pure. */
import { type CounterRow, numberIn } from "./reading.ts";

/** Of some columns: their growth; a column that the server does not have grew by nothing. */
export type Grew<Column extends string> = Readonly<Record<Column, number>>;

/**
 * Null: a counter fell, so it was reset in between, and nobody knows what it had counted.
 * @param before undefined: the row is new, and counts from zero.
 */
export function rowGrowth<Column extends string>(
  columns: readonly Column[],
  before: CounterRow | undefined,
  after: CounterRow,
): Grew<Column> | null {
  const grown = columns.map(
    (column) => [column, (numberIn(after, column) ?? 0) - (numberIn(before, column) ?? 0)] as const,
  );
  if (grown.some(([, by]) => by < 0)) return null;
  return Object.fromEntries(grown) as Grew<Column>;
}

export function sumOf<Column extends string>(
  columns: readonly Column[],
  rows: readonly Grew<Column>[],
): Grew<Column> {
  const sums = columns.map(
    (column) => [column, rows.reduce((sum, row) => sum + row[column], 0)] as const,
  );
  return Object.fromEntries(sums) as Grew<Column>;
}

/** Growth of the rows of each group; `fell`: groups with a counter that was reset in between. */
export function groupGrowth<Column extends string>(
  columns: readonly Column[],
  rows: Readonly<Record<"before" | "after", readonly CounterRow[]>>,
  names: { readonly id: string; readonly group: string },
): {
  readonly groups: ReadonlyMap<string, { readonly rows: number; readonly grew: Grew<Column> }>;
  readonly fell: readonly string[];
} {
  const earlier = new Map(rows.before.map((row) => [row[names.id], row]));
  const growths = new Map<string, (Grew<Column> | null)[]>();
  for (const row of rows.after) {
    const group = String(row[names.group]);
    const grew = rowGrowth(columns, earlier.get(row[names.id] ?? null), row);
    growths.set(group, [...(growths.get(group) ?? []), grew]);
  }
  const groups = new Map<string, { rows: number; grew: Grew<Column> }>();
  const fell: string[] = [];
  for (const [group, all] of growths) {
    const known = all.filter((one) => one !== null);
    if (known.length < all.length) fell.push(group);
    else groups.set(group, { rows: all.length, grew: sumOf(columns, known) });
  }
  return { groups, fell };
}

/** With what a gap begins that is one row's: the counts of a function, a table or an index. */
export const countsOf = "the counts of ";

/** A part of a whole as a number from 0 to 1; null: there is no whole. */
export function shareOf(part: number, whole: number): number | null {
  return whole > 0 ? part / whole : null;
}
