/**
 * Which rows differ: those of the buckets that differ are fetched and made again, so many as memory
 * allows, and held against one another.
 */
import type { Connection } from "./connection.ts";
import {
  type Buckets,
  bucketedRows,
  eachGenerated,
  type GeneratedRows,
  unequalBuckets,
} from "./fixture-checksum.ts";
import { type Cell, cellNames, recordText, type TableLayout } from "./table-layout.ts";

/** A row by its columns; numbers as the server prints them. */
export type ShownRow = Readonly<Record<string, Cell>>;

/** The generator's row and the stored one: not alike, or only one of them there. */
export type Difference =
  | { readonly kind: "changed"; readonly expected: ShownRow; readonly found: ShownRow }
  | { readonly kind: "missing"; readonly expected: ShownRow; readonly found: null }
  | { readonly kind: "surplus"; readonly expected: null; readonly found: ShownRow };

export interface Differences {
  readonly changed: number;
  readonly missing: number;
  readonly surplus: number;
  /** False: there were too many to look at all of them, and the counts are the least there are. */
  readonly isComplete: boolean;
  /** The first of each kind. */
  readonly shown: readonly Difference[];
}

export const noDifferences: Differences = Object.freeze({
  changed: 0,
  missing: 0,
  surplus: 0,
  isComplete: true,
  shown: [],
});

/** On each side; documents of half a kilobyte are then some fifty megabytes in all. */
const examinedRowsMax = 50_000;

/** Of each kind: who has more to mend starts over. */
const shownMax = 5;

/** `expected` and `found` are not equal. Throws ServerError, and the signal's reason. */
export async function differencesOf(
  connection: Connection,
  generated: GeneratedRows,
  { expected, found }: { readonly expected: Buckets; readonly found: Buckets },
): Promise<Differences> {
  const unequal = unequalBuckets(expected, found);
  const examined = examinedOf(unequal, expected, found);
  const held = await rowsHeld(generated, new Set(examined));
  const isWhole = await takeStored(connection, generated.layout, { examined, held });
  const isComplete = isWhole && examined.length === unequal.length;
  // Of what was left out nobody knows whether it is missing.
  const rows = [...held.values()].filter(({ times }) => (isWhole ? times !== 0 : times < 0));
  return { ...judged(rows, generated.layout), isComplete };
}

/** As many as fit, but one at least. */
function examinedOf(
  unequal: readonly number[],
  expected: Buckets,
  found: Buckets,
): readonly number[] {
  let rows = 0;
  return unequal.filter((bucket, index) => {
    rows += Math.max(expected[bucket]?.rows ?? 0, found[bucket]?.rows ?? 0);
    return index === 0 || rows <= examinedRowsMax;
  });
}

interface Held {
  readonly cells: readonly Cell[];
  /** How often the generator has it, less how often it was found. */
  times: number;
}

/** By the row's text. */
type Rows = Map<string, Held>;

async function rowsHeld(generated: GeneratedRows, examined: ReadonlySet<number>): Promise<Rows> {
  const rows: Rows = new Map();
  await eachGenerated(generated, (cells, bucket, record) => {
    if (examined.has(bucket)) count(rows, { record, cells, times: 1 });
  });
  return rows;
}

function count(
  rows: Rows,
  { record, cells, times }: { record: string; cells: readonly Cell[]; times: number },
): void {
  const held = rows.get(record);
  if (held === undefined) rows.set(record, { cells, times });
  else held.times += times;
}

/** Resolves with whether these were all. A row that was doubled a million times comes once. */
async function takeStored(
  connection: Connection,
  layout: TableLayout,
  { examined, held }: { readonly examined: readonly number[]; readonly held: Rows },
): Promise<boolean> {
  const rows = await connection.query(
    `select cells, count(*)::float8 as times
       from (${bucketedRows(layout, true)}) as bucketed
      where bucket = any($1::int4[])
      group by cells
      limit ${2 * examinedRowsMax}`,
    [examined],
  );
  for (const row of rows) {
    const cells = row.cells as unknown as readonly Cell[];
    count(held, { record: recordText(cells), cells, times: -Number(row.times) });
  }
  return rows.length < 2 * examinedRowsMax;
}

function judged(rows: readonly Held[], layout: TableLayout): Omit<Differences, "isComplete"> {
  const pairs = layout.rowNumber === null ? [] : pairsOf(rows);
  const missing = rows.filter(({ times }) => times > 0);
  const surplus = rows.filter(({ times }) => times < 0);
  const names = cellNames(layout);
  const shown = ({ cells }: Held): ShownRow =>
    Object.fromEntries(names.map((name, index) => [name, cells[index] ?? null]));
  return {
    changed: pairs.length,
    missing: timesOf(missing),
    surplus: timesOf(surplus),
    shown: [
      ...pairs.slice(0, shownMax).map(({ expected, found }) => ({
        kind: "changed" as const,
        expected: shown(expected),
        found: shown(found),
      })),
      ...missing.slice(0, shownMax).map((row) => ({
        kind: "missing" as const,
        expected: shown(row),
        found: null,
      })),
      ...surplus.slice(0, shownMax).map((row) => ({
        kind: "surplus" as const,
        expected: null,
        found: shown(row),
      })),
    ],
  };
}

/** A missing row and a surplus one are one that was changed if they have one number; then neither counts. */
function pairsOf(
  rows: readonly Held[],
): readonly { readonly expected: Held; readonly found: Held }[] {
  const found = new Map(rows.filter(({ times }) => times < 0).map((row) => [row.cells[0], row]));
  return rows.flatMap((expected) => {
    const other = expected.times > 0 ? found.get(expected.cells[0]) : undefined;
    if (other === undefined) return [];
    expected.times--;
    other.times++;
    return [{ expected, found: other }];
  });
}

function timesOf(rows: readonly Held[]): number {
  return rows.reduce((total, { times }) => total + Math.abs(times), 0);
}
