/**
 * Puts a system's schema and data into a database: tables first, then the rows by COPY, and only then
 * keys and indexes, since building an index once is far cheaper than growing it. Whatever ends it,
 * the next one goes on where the last transaction was, and comes to the same content.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import pg from "pg";
import type { FixtureFiles, PayloadFile } from "../core/fixture-files.ts";
import type { FixtureParameters, System } from "../core/system.ts";
import { type ComposedVariant, knownVariant } from "../core/variant.ts";
import { type Connection, ServerError } from "./connection.ts";
import { sentRows, transactionRows } from "./copy-rows.ts";
import { closeJournal, noting, openJournal, type StepProgress } from "./load-journal.ts";
import { payloadsOf, type ScriptStep, type Stage, stagesOf } from "./load-steps.ts";
import { packageRoot } from "./package-root.ts";
import type { RowSource } from "./row-source.ts";
import { withParameters } from "./sql-parameters.ts";
import { tableName } from "./table-layout.ts";

/** A state of a database that can be made again at any time. */
export interface Fixture {
  readonly system: System;
  /** Where the .sql files of the system's variants are. */
  readonly folder: string;
  readonly variant: ComposedVariant;
  readonly parameters: FixtureParameters;
  /** Where its rows come from; null: the generator makes them. */
  readonly files: FixtureFiles | null;
  /** Stored beside its own; null: none. They were checked. */
  readonly payloads: PayloadFile | null;
}

/**
 * What is being done, and how much of it: a .sql file (0 or 1 of 1), a table (rows) or "vacuum".
 * Called a few hundred times a second at most.
 */
export type Progress = (phase: string, done: number, total: number) => void;

/** A fixture of a system that comes with loadgen, its rows made. `variant`: one, or several by commas, that were checked. */
export function bundledFixture(
  system: System,
  variant: string,
  parameters: FixtureParameters,
): Fixture {
  const folder = join(packageRoot(), "fixtures", system.name);
  return Object.freeze({
    ...{ system, folder, parameters, files: null, payloads: null },
    variant: knownVariant(system, variant),
  });
}

/** What those who ask for it should know, one sentence each. */
export function notesOnFixture(fixture: Fixture): readonly string[] {
  const { system, variant, parameters, files } = fixture;
  return [
    ...system.notesOn(parameters, [...variant.beforeData, ...variant.afterData]),
    // What rows of files come to, only the database knows.
    ...(files === null ? (payloadsOf(fixture)?.notes() ?? []) : []),
  ];
}

/**
 * Loads into the database of `connection`, which is the fixture's alone and empty, or half loaded with
 * the same fixture. Ends with every row frozen and the planner's statistics fresh, so that all clones
 * start equal and autovacuum finds nothing to do in them. Throws ServerError, with the file or table
 * where the server said no.
 */
export async function loadFixture(
  connection: Connection,
  fixture: Fixture,
  progress: Progress,
): Promise<void> {
  await loadFixtureFrom(sentRows(transactionRows), connection, { fixture, progress });
}

/** As loadFixture, with the rows from wherever they come. */
export async function loadFixtureFrom(
  source: RowSource,
  connection: Connection,
  { fixture, progress }: { readonly fixture: Fixture; readonly progress: Progress },
): Promise<void> {
  const second = await connection.another();
  try {
    const loading = { fixture, source, progress, connections: [connection, second] };
    for (const one of loading.connections) await one.script(loadSettings);
    const before = await openJournal(connection);
    for (const stage of await stagesOf(fixture)) await loadStage(stage, { ...loading, before });
    await vacuum(loading);
    await closeJournal(connection);
  } finally {
    await second.close();
  }
}

/** The texts of all that is run, in order, the variant's .sql files first: what its schema depends on. */
export async function scriptsOf(fixture: Fixture): Promise<readonly string[]> {
  const { beforeData, afterData } = fixture.variant;
  const paths = [...beforeData, ...afterData].map((file) => join(fixture.folder, file));
  const own = payloadsOf(fixture);
  const texts = await Promise.all(paths.map((path) => readFile(path, "utf8")));
  return [...texts, ...(own === null ? [] : [own.script])];
}

/**
 * A role or database may have limits that suit a service and would cut a load short. Commits must
 * be synchronous: VACUUM cannot freeze rows whose commit is not on disk yet, and leaves them to
 * autovacuum in every clone. The memory lets an index over two million rows be sorted without files.
 */
export const loadSettings = `
  set statement_timeout = 0;
  set lock_timeout = 0;
  set synchronous_commit = on;
  set maintenance_work_mem = '512MB';
`;

interface Loading {
  readonly fixture: Fixture;
  readonly source: RowSource;
  readonly progress: Progress;
  /** What can go on side by side does so over all of them; all else goes over the first. */
  readonly connections: readonly Connection[];
}

async function loadStage(
  stage: Stage,
  loading: Loading & { readonly before: ReadonlyMap<number, StepProgress> },
): Promise<void> {
  const { fixture, source, progress, before } = loading;
  if (stage.kind === "scripts") {
    const left = stage.scripts.filter(({ number }) => before.get(number)?.isDone !== true);
    await sideBySide(loading, left, (connection, script) =>
      runScript(connection, script, { fixture, progress }),
    );
    return;
  }
  const { number, data } = stage.table;
  const { rows: from, isDone } = before.get(number) ?? { rows: 0, isDone: false };
  if (isDone) return;
  const [connection] = loading.connections as readonly [Connection];
  const total = fixture.files?.tables[data.table]?.rows ?? data.count(fixture.parameters);
  // What was killed with its transaction left its rows behind: their space is for those that come now.
  if (before.size > 0) await connection.query(`vacuum ${tableName(data)}`);
  await source(connection, data, {
    fixture,
    columns: fixture.variant.columns[data.table] ?? data.columns,
    from,
    onRows: (rows) => progress(data.table, rows, total),
    noting: (rows, isLast) => noting(number, { rows, isDone: isLast }),
  });
}

/** Each piece of work over whichever connection is free. After a failure nothing more is begun. */
async function sideBySide<T extends object>(
  { connections }: Loading,
  pieces: readonly T[],
  work: (connection: Connection, piece: T) => Promise<void>,
): Promise<void> {
  const left = [...pieces];
  const ends = await Promise.allSettled(
    connections.map(async (connection) => {
      try {
        for (let piece = left.shift(); piece !== undefined; piece = left.shift()) {
          await work(connection, piece);
        }
      } catch (error) {
        left.length = 0;
        throw error;
      }
    }),
  );
  const failed = ends.find((end) => end.status === "rejected");
  if (failed !== undefined) throw failed.reason;
}

async function runScript(
  connection: Connection,
  { number, file, text }: ScriptStep,
  { fixture, progress }: Pick<Loading, "fixture" | "progress">,
): Promise<void> {
  progress(file, 0, 1);
  const script = withParameters(text, fixture.parameters);
  try {
    // One string is one transaction. The script may end in a comment, or without a semicolon.
    await connection.script(`${script}\n;${noting(number, { rows: 0, isDone: true })}`);
  } catch (error) {
    if (!(error instanceof ServerError)) throw error;
    throw new ServerError(`${file}: ${error.message}`, error.code, error);
  }
  progress(file, 1, 1);
}

/**
 * Rows are frozen table by table, over both connections; what goes over the whole database after that
 * finds them frozen and passes over them.
 */
async function vacuum(loading: Loading): Promise<void> {
  const [connection] = loading.connections as readonly [Connection];
  loading.progress("vacuum", 0, 1);
  const tables = await connection.query(
    `select nspname::text as schema, relname::text as name
       from pg_catalog.pg_class as c join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
      where c.oid >= $1 and relkind in ('r', 'm')
      order by relpages desc, c.oid`,
    [firstOwnOid],
  );
  await sideBySide(loading, tables, async (free, { schema, name }) => {
    const table = [schema, name].map((part) => pg.escapeIdentifier(String(part))).join(".");
    await free.query(`vacuum (freeze) ${table}`);
  });
  await connection.query("vacuum (freeze, analyze)");
  loading.progress("vacuum", 1, 1);
}

/** What a database comes with has smaller ones (FirstNormalObjectId, access/transam.h). */
const firstOwnOid = 16_384;
