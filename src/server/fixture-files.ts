/**
 * A folder of exported CSV files as the source of a fixture: every file is looked at once before
 * anything is loaded, so that its rows are counted, its content is known by a checksum, and all that can
 * be wrong with the folder is told at once.
 */
import { createHash } from "node:crypto";
import { join, resolve } from "node:path";
import type { FixtureFiles, TableFile } from "../core/fixture-files.ts";
import { counted } from "../core/counted.ts";
import { type Parsed, parsed, problemsOf, rejected } from "../core/parsed.ts";
import type { FixtureParameters, Imported, System, TableData } from "../core/system.ts";
import type { ComposedVariant } from "../core/variant.ts";
import { csvHeader, type PlacedNumber, scanCsv } from "./csv-scan.ts";
import { fileName } from "./fixture-csv.ts";

export interface ReadFiles {
  readonly files: FixtureFiles;
  /** The fixture's parameters that follow from how many rows there are. */
  readonly parameters: FixtureParameters;
  /** The least and the greatest of all columns that a parameter bounds. */
  readonly bounded: readonly BoundedNumber[];
}

interface BoundedNumber {
  readonly column: string;
  readonly value: number;
  /** Such as `/data/reference.csv:17`. */
  readonly place: string;
}

/** Reads the files through: seconds a gigabyte. Rejected with every problem there is. */
export async function readFixtureFiles(system: System, folder: string): Promise<Parsed<ReadFiles>> {
  const { imported, tables, name } = system;
  if (imported === null) return rejected(`the data of ${name} cannot be loaded from files`);
  const headers = await Promise.all(tables.map((data) => headerOf(data, resolve(folder))));
  const wrong = problemsOf(...headers);
  if (wrong.length > 0) return rejected(...wrong);
  const read: ReadFile[] = [];
  for (const header of headers) if (header.ok) read.push(await readFile(header.value, imported));
  const parameters = imported.sizesOf(
    Object.fromEntries(read.map(({ table, file }) => [table, file.rows])),
  );
  if (!parameters.ok) {
    return rejected(...parameters.problems.map((problem) => `${resolve(folder)}: ${problem}`));
  }
  const contents = read.map(({ table, file }) => [table, file.sha256]);
  const files: FixtureFiles = {
    folder: resolve(folder),
    sha256: createHash("sha256").update(JSON.stringify(contents)).digest("hex"),
    tables: Object.fromEntries(read.map(({ table, file }) => [table, file])),
  };
  const bounded = read.flatMap((one) => one.bounded);
  return parsed({ files, parameters: parameters.value, bounded });
}

/** Why these files make no fixture of this variant and these parameters; empty if they do. */
export function problemsWithFiles(
  { bounded, files: { tables } }: ReadFiles,
  system: System,
  {
    variant,
    parameters,
  }: {
    readonly variant: ComposedVariant;
    readonly parameters: FixtureParameters;
  },
): readonly string[] {
  const { below = {}, changing = [] } = system.imported ?? {};
  const files = "files are loaded as they are";
  const otherColumns = Object.keys(variant.columns).map(
    (table) =>
      `${table} has other columns in the variant ${variant.name} than in exported files, and ${files}`,
  );
  const otherRows = changing
    .filter((name) => name in variant.parameters)
    .map((name) => `the variant ${variant.name} changes the rows (${name}), and ${files}`);
  const outside = bounded.flatMap(({ column, value, place }) => {
    const name = below[column] ?? "";
    const bound = parameters[name] ?? 0;
    if (value >= 0 && value < bound) return [];
    const range = `a whole number from 0 to ${bound - 1} (--${name} ${bound})`;
    return [`${place}: ${column}: expected ${range}, got ${value}`];
  });
  return [...otherColumns, ...otherRows, ...outside, ...otherCounts(system, tables, parameters)];
}

/** Files have as many rows as the generator makes of these parameters, which files alone may not tell. */
function otherCounts(
  { tables, problemsOf: problemsOfSizes }: System,
  files: FixtureFiles["tables"],
  parameters: FixtureParameters,
): readonly string[] {
  if (problemsOfSizes(parameters).length > 0) return [];
  const sizes = Object.entries(parameters).map(([name, value]) => `${name} ${value}`);
  return tables.flatMap((data) => {
    const file = files[data.table];
    if (file === undefined) return [];
    const expected = data.count(parameters);
    if (file.rows === expected) return [];
    const wanted = `expected ${counted(expected, "row")}, as ${sizes.join(", ")} make them`;
    return [`${file.path}: ${wanted}, got ${file.rows}: give the sizes of the export`];
  });
}

interface Header {
  readonly data: TableData;
  readonly path: string;
  readonly columns: readonly string[];
}

async function headerOf(data: TableData, folder: string): Promise<Parsed<Header>> {
  const path = join(folder, fileName(data));
  let columns: readonly string[];
  try {
    columns = await csvHeader(path);
  } catch (error) {
    const { code } = error as { readonly code?: string };
    return code === "ENOENT"
      ? rejected(`${path}: there is no such file: expected the rows of ${data.table} in it`)
      : rejected(`${path}: cannot be read (${code ?? String(error)})`);
  }
  const problems = headerProblems(columns, data).map((problem) => `${path}:1: ${problem}`);
  return problems.length > 0 ? rejected(...problems) : parsed({ data, path, columns });
}

/** Names are compared as the server does: without regard to case. */
function headerProblems(columns: readonly string[], data: TableData): readonly string[] {
  const found = columns.map((name) => name.toLowerCase());
  const wanted = data.columns.map((name) => name.toLowerCase());
  const isTwice = (name: string, index: number) => found.indexOf(name.toLowerCase()) < index;
  return [
    ...columns
      .filter((name) => !wanted.includes(name.toLowerCase()))
      .map((name) => `unknown column "${name}": expected ${data.columns.join(", ")}`),
    ...columns.filter(isTwice).map((name) => `the column ${name} stands there twice`),
    ...data.columns
      .filter((name) => !found.includes(name.toLowerCase()))
      .map((name) => `the column ${name} is missing`),
  ];
}

interface ReadFile {
  readonly table: string;
  readonly file: TableFile;
  readonly bounded: readonly BoundedNumber[];
}

async function readFile({ data, path, columns }: Header, { below }: Imported): Promise<ReadFile> {
  const watched = Object.keys(below).flatMap((column) => {
    const field = columns.findIndex((name) => name.toLowerCase() === column.toLowerCase());
    return field < 0 ? [] : [{ column, field }];
  });
  const { rows, bytes, sha256, ranges } = await scanCsv(
    path,
    watched.map(({ field }) => field),
  );
  const placed =
    (column: string) =>
    ({ value, line }: PlacedNumber) => ({
      ...{ column, value },
      place: `${path}:${line}`,
    });
  return {
    table: data.table,
    file: { path, columns, rows, bytes, sha256 },
    bounded: watched.flatMap(({ column, field }) => (ranges.get(field) ?? []).map(placed(column))),
  };
}
