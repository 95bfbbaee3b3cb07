/**
 * Puts a system's schema and data into an empty database: tables first, then the rows by COPY, and
 * only then keys and indexes, since building an index once is far cheaper than growing it.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { from as copyFrom } from "pg-copy-streams";
import type { Scalar } from "../core/step.ts";
import type { FixtureParameters, System, TableData } from "../core/system.ts";
import { type ComposedVariant, knownVariant } from "../core/variant.ts";
import { type Connection, serverError, ServerError } from "./connection.ts";
import { packageRoot } from "./package-root.ts";
import { withParameters } from "./sql-parameters.ts";
import { identifier, tableName } from "./table-layout.ts";

/** A state of a database that can be made again at any time. */
export interface Fixture {
  readonly system: System;
  /** Where the .sql files of the system's variants are. */
  readonly folder: string;
  readonly variant: ComposedVariant;
  readonly parameters: FixtureParameters;
}

/**
 * What is being done, and how much of it: a .sql file (0 or 1 of 1), a table (rows) or "vacuum".
 * Called a few hundred times a second at most.
 */
export type Progress = (phase: string, done: number, total: number) => void;

/** A fixture of a system that comes with loadgen. `variant`: one, or several by commas, that were checked. */
export function bundledFixture(
  system: System,
  variant: string,
  parameters: FixtureParameters,
): Fixture {
  const folder = join(packageRoot(), "fixtures", system.name);
  return Object.freeze({ system, folder, variant: knownVariant(system, variant), parameters });
}

/**
 * Loads into the database of `connection`, which is the fixture's alone. Ends with every row frozen
 * and the planner's statistics fresh, so that all clones start equal and autovacuum finds nothing
 * to do in them. Throws ServerError, with the file or table where the server said no.
 */
export async function loadFixture(
  connection: Connection,
  fixture: Fixture,
  progress: Progress,
): Promise<void> {
  await loadFixtureBy(connection, fixture, { progress, fill: sentRows });
}

/** How the rows of a table get into it. */
export type Fill = (connection: Connection, data: TableData, filling: Filling) => Promise<void>;

export interface Filling {
  readonly fixture: Fixture;
  readonly columns: readonly string[];
  /** How many rows there are so far. */
  readonly onRows: (rows: number) => void;
}

/** Rows from here. */
export const sentRows: Fill = copyTable;

/** As loadFixture, with the rows from wherever they come. */
export async function loadFixtureBy(
  connection: Connection,
  fixture: Fixture,
  { progress, fill }: { readonly progress: Progress; readonly fill: Fill },
): Promise<void> {
  await connection.script(loadSettings);
  const { beforeData, afterData, columns } = fixture.variant;
  for (const file of beforeData) await runScript(connection, fixture, { file, progress });
  for (const data of fixture.system.tables) {
    const total = data.count(fixture.parameters);
    await fill(connection, data, {
      fixture,
      columns: columns[data.table] ?? data.columns,
      onRows: (rows) => progress(data.table, rows, total),
    });
  }
  for (const file of afterData) await runScript(connection, fixture, { file, progress });
  progress("vacuum", 0, 1);
  await connection.query("vacuum (freeze, analyze)");
  progress("vacuum", 1, 1);
}

/** The texts of all .sql files of the fixture's variant, in order: what its schema depends on. */
export async function scriptsOf(fixture: Fixture): Promise<readonly string[]> {
  const { beforeData, afterData } = fixture.variant;
  const paths = [...beforeData, ...afterData].map((file) => join(fixture.folder, file));
  return Promise.all(paths.map((path) => readFile(path, "utf8")));
}

/** How many characters of rows go to the server at once: few writes, and little memory. */
const batchChars = 65_536;

/**
 * A role or database may have limits that suit a service and would cut a load short. Commits must
 * be synchronous: VACUUM cannot freeze rows whose commit is not on disk yet, and leaves them to
 * autovacuum in every clone. The memory lets an index over two million rows be sorted without files.
 */
const loadSettings = `
  set statement_timeout = 0;
  set lock_timeout = 0;
  set synchronous_commit = on;
  set maintenance_work_mem = '512MB';
`;

async function runScript(
  connection: Connection,
  fixture: Fixture,
  { file, progress }: { readonly file: string; readonly progress: Progress },
): Promise<void> {
  progress(file, 0, 1);
  const text = await readFile(join(fixture.folder, file), "utf8");
  try {
    await connection.script(withParameters(text, fixture.parameters));
  } catch (error) {
    if (!(error instanceof ServerError)) throw error;
    throw new ServerError(`${file}: ${error.message}`, error.code, error);
  }
  progress(file, 1, 1);
}

async function copyTable(connection: Connection, data: TableData, load: Filling): Promise<void> {
  const { onRows, fixture } = load;
  onRows(0);
  const columns = load.columns.map(identifier).join(", ");
  const copy = connection.client.query(copyFrom(`copy ${tableName(data)} (${columns}) from stdin`));
  try {
    await pipeline(
      Readable.from(copyText(data.rows(fixture.parameters, load.columns), onRows)),
      copy,
    );
  } catch (error) {
    throw serverError(`loading ${data.table}`, error);
  }
}

/** Rows in COPY's text format (PostgreSQL manual, COPY, "Text Format"), in batches. */
function* copyText(
  rows: Iterable<readonly Scalar[]>,
  onRows: (done: number) => void,
): Generator<string> {
  let batch = "";
  let done = 0;
  for (const row of rows) {
    batch += rowText(row);
    done++;
    if (batch.length >= batchChars) {
      yield batch;
      batch = "";
      onRows(done);
    }
  }
  if (batch !== "") yield batch;
  onRows(done);
}

function rowText(row: readonly Scalar[]): string {
  let text = "";
  let separator = "";
  for (const value of row) {
    text += separator + fieldText(value);
    separator = "\t";
  }
  return `${text}\n`;
}

function fieldText(value: Scalar): string {
  if (value === null) return "\\N";
  if (typeof value !== "string") return String(value);
  return special.test(value) ? value.replace(specials, escaped) : value;
}

const special = /[\\\t\n\r]/;
const specials = /[\\\t\n\r]/g;
const escapes: Readonly<Record<string, string>> = {
  "\\": "\\\\",
  "\t": "\\t",
  "\n": "\\n",
  "\r": "\\r",
};

function escaped(character: string): string {
  return escapes[character] ?? character;
}
