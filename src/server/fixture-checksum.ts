/**
 * What a table holds, as sums over the checksums of its rows: the order of rows does not matter, and
 * nobody holds them in memory. There is a sum for each of many buckets, so that of rows that differ
 * only a few have to be looked at.
 */
import { hash } from "node:crypto";
import { setImmediate as turn } from "node:timers/promises";
import type { FixtureParameters } from "../core/system.ts";
import type { Connection } from "./connection.ts";
import {
  type Cell,
  cellExpressions,
  cellPrinter,
  identifier,
  idOf,
  recordText,
  tableName,
  type TableLayout,
} from "./table-layout.ts";

/** How many buckets: 20 000 000 rows are 1221 each. A power of two, for the hash's last bits. */
export const bucketCount = 16_384;

interface Bucket {
  readonly rows: number;
  /** Of the rows' checksums, exact. */
  readonly sum: bigint;
}

/** By number, 0 to bucketCount - 1. */
export type Buckets = readonly Bucket[];

const noRows: Bucket = Object.freeze({ rows: 0, sum: 0n });

/** `16 hex digits`: the sum of all rows, modulo 2^64. */
export function checksumOf(buckets: Buckets): string {
  const sum = buckets.reduce((total, bucket) => total + bucket.sum, 0n);
  return BigInt.asUintN(64, sum).toString(16).padStart(16, "0");
}

export function rowsOf(buckets: Buckets): number {
  return buckets.reduce((total, { rows }) => total + rows, 0);
}

/** The numbers of those that are not the same. */
export function unequalBuckets(one: Buckets, other: Buckets): readonly number[] {
  return one.flatMap(({ rows, sum }, bucket) =>
    rows === other[bucket]?.rows && sum === other[bucket].sum ? [] : [bucket],
  );
}

/** Of what is stored: one scan of the table. Throws ServerError. */
export async function storedBuckets(connection: Connection, layout: TableLayout): Promise<Buckets> {
  const rows = await connection.query(
    `select bucket, count(*)::float8 as rows, sum(checksum)::text as sum
       from (${bucketedRows(layout, false)}) as bucketed
      group by bucket`,
  );
  const buckets = Array.from({ length: bucketCount }, () => noRows);
  for (const row of rows) {
    buckets[Number(row.bucket)] = { rows: Number(row.rows), sum: BigInt(String(row.sum)) };
  }
  return buckets;
}

/** A query for the `bucket` and `checksum` of every row, and if wanted its `cells` (text[]). */
export function bucketedRows(layout: TableLayout, hasCells: boolean): string {
  const { rowNumber } = layout;
  const expressions = cellExpressions(layout).join(", ");
  // Text is hashed in UTF-8, whatever the encoding of the database.
  const hashed = `md5(convert_to(row(${expressions})::text, 'UTF8'))`;
  const id = rowNumber === null ? "null::int8" : identifier(rowNumber.name);
  const bucket =
    rowNumber === null
      ? `checksum & ${bucketCount - 1}`
      : `(id % ${bucketCount} + ${bucketCount}) % ${bucketCount}`;
  return `
    select (${bucket})::int4 as bucket, checksum${hasCells ? ", cells" : ""}
    from (
      select ${hasCells ? `array[${expressions}] as cells,` : ""} ${id} as id,
        ('x' || substr(${hashed}, 1, ${checksumDigits}))::bit(64)::int8 as checksum
      from ${tableName(layout.data)}
    ) as hashed`;
}

/** Hexadecimal, of the 32 that MD5 has: 64 bits, which the server can add up. */
const checksumDigits = 16;

/** What is told of each row of the generator. */
type OnRow = (cells: readonly Cell[], bucket: number, record: string) => void;

export interface GeneratedRows {
  readonly layout: TableLayout;
  readonly parameters: FixtureParameters;
  readonly onProgress: (rows: number) => void;
  readonly signal: AbortSignal;
}

/** Of what the generator says. Throws the signal's reason. */
export async function generatedBuckets(generated: GeneratedRows): Promise<Buckets> {
  const rows = new Float64Array(bucketCount);
  // Sums of 32 bits each stay exact in doubles for two million rows a bucket.
  const high = new Float64Array(bucketCount);
  const low = new Float64Array(bucketCount);
  await eachGenerated(generated, (_, bucket, record) => {
    const digest = digestOf(record);
    add(rows, bucket, 1);
    add(high, bucket, Number.parseInt(digest.slice(0, 8), 16) | 0);
    add(low, bucket, Number.parseInt(digest.slice(8, checksumDigits), 16));
  });
  return Array.from(rows, (count, bucket) => ({
    rows: count,
    sum: BigInt(high[bucket] ?? 0) * 2n ** 32n + BigInt(low[bucket] ?? 0),
  }));
}

function add(sums: Float64Array, bucket: number, value: number): void {
  sums[bucket] = (sums[bucket] ?? 0) + value;
}

function digestOf(record: string): string {
  return hash("md5", record, "hex");
}

/** So many rows are made before others have their turn: some ten milliseconds. */
const rowsATurn = 10_000;

/** Goes through all rows of the generator. Throws the signal's reason. */
export async function eachGenerated(
  { layout, parameters, onProgress, signal }: GeneratedRows,
  onRow: OnRow,
): Promise<void> {
  const { data, columns, rowNumber } = layout;
  const cellsOf = cellPrinter(layout);
  let index = 0;
  const names = columns.map(({ name }) => name);
  for (const row of data.rows(parameters, names)) {
    const cells = cellsOf(row, index);
    const record = recordText(cells);
    const bucket =
      rowNumber === null ? hashBucket(record) : modulo(idOf(rowNumber, index), bucketCount);
    onRow(cells, bucket, record);
    if (++index % rowsATurn > 0) continue;
    onProgress(index);
    await turn();
    signal.throwIfAborted();
  }
  onProgress(index);
}

function hashBucket(record: string): number {
  const lastDigits = digestOf(record).slice(8, checksumDigits);
  return (Number.parseInt(lastDigits, 16) & (bucketCount - 1)) >>> 0;
}

function modulo(value: number, divisor: number): number {
  return ((value % divisor) + divisor) % divisor;
}
