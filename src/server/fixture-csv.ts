/**
 * A system's data as CSV files, one a table, as the Python csv module writes them ("excel" dialect):
 * a header, lines that end in CR LF, and quotes only where a value needs them.
 */
import { createWriteStream } from "node:fs";
import { mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import type { Scalar } from "../core/step.ts";
import type { FixtureParameters, System, TableData } from "../core/system.ts";

/**
 * Writes `<table>.csv` (without the schema) for each table into the folder, which is made if need
 * be, and returns the paths. Files get their names only once all are complete; after a failure,
 * which is thrown as Node reports it, nothing new is left.
 */
export async function exportCsv(
  system: System,
  parameters: FixtureParameters,
  folder: string,
): Promise<readonly string[]> {
  const firstMade = await mkdir(folder, { recursive: true });
  let unfinished = firstMade;
  try {
    const partial = await mkdtemp(join(folder, ".export-"));
    unfinished ??= partial;
    for (const table of system.tables) {
      await pipeline(
        csvChunks(table, parameters),
        createWriteStream(join(partial, fileName(table))),
      );
    }
    for (const name of system.tables.map(fileName)) {
      await rename(join(partial, name), join(folder, name));
    }
    await rm(partial, { recursive: true });
  } catch (error) {
    if (unfinished !== undefined) await rm(unfinished, { recursive: true, force: true });
    throw error;
  }
  return system.tables.map((table) => join(folder, fileName(table)));
}

/** Of a table's file: its name without the schema. */
export function fileName({ table }: TableData): string {
  return `${table.slice(table.indexOf(".") + 1)}.csv`;
}

/** Enough rows for one write: a write each would cost more than making the row. */
const chunkChars = 65_536;

function* csvChunks(data: TableData, parameters: FixtureParameters): Generator<string> {
  let chunk = csvLine(data.columns);
  for (const row of data.rows(parameters, data.columns)) {
    chunk += csvLine(row);
    if (chunk.length >= chunkChars) {
      yield chunk;
      chunk = "";
    }
  }
  yield chunk;
}

function csvLine(values: readonly Scalar[]): string {
  return `${values.map(csvValue).join(",")}\r\n`;
}

function csvValue(value: Scalar): string {
  if (value === null) return "";
  if (typeof value !== "string") return String(value);
  return /[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value;
}
