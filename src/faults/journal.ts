/**
 * What still has to be undone, written down before each injection: on local disk, because a target
 * that is frozen or gone cannot answer, and in the target database, because the disk of the machine
 * that injected may be gone. Whoever comes next, after a kill -9 too, finds it in either place.
 *
 * The schema is not called loadgen: the embedded server's login is, and a schema of a login's name
 * comes first in its search_path, so that the sessions' own CREATE TABLE would end up in it.
 */
import { type FileHandle, mkdir, open, readdir, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import type { FaultTarget, UndoRecord } from "./fault.ts";
import { type Owner, ownerSchema } from "./owner.ts";

export interface JournalEntry {
  readonly id: string;
  readonly fault: string;
  readonly database: string;
  /** The server, without a password; null: the embedded one. */
  readonly server: string | null;
  readonly injectedAt: string;
  /** The process that injected it; null where an older loadgen wrote it down. */
  readonly owner: Owner | null;
  readonly undo: UndoRecord;
}

/** Something in the journal that cannot be undone, or not even be read. Exit code 94. */
export class JournalError extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, { cause });
    this.name = "JournalError";
  }
}

/** For what cannot be read: nobody knows any more what it would have undone. */
export function unreadable(where: string, cause: unknown): JournalError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new JournalError(
    `${where} is not an entry of the journal of faults (${why}): ` +
      "see what it says about the fault, undo that by hand, and remove it",
    cause,
  );
}

/** What undoes the entries of a server. Null: the embedded one. */
export function restoreCommand(server: string | null): string {
  return `loadgen chaos restore${server === null ? "" : ` --url ${server}`}`;
}

const entrySchema = z.object({
  // It becomes the name of a file here, and a database that anybody may write to can hold an entry.
  id: z.string().regex(/^[\w-]+$/),
  fault: z.string(),
  database: z.string(),
  server: z.string().nullable(),
  injectedAt: z.string(),
  owner: ownerSchema.nullable().default(null),
  undo: z.custom<UndoRecord>((value) => typeof value === "object" && value !== null),
});

/**
 * Writes an entry in both places; once this resolves, the injection may start. If the target refuses
 * there will be none, and nothing to undo: then it is not left on disk either.
 */
export async function writeEntry(
  folder: string,
  target: FaultTarget,
  entry: JournalEntry,
): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeDurably(fileOf(folder, entry.id), folder, JSON.stringify(entry));
  try {
    await insertEntry(target, entry);
  } catch (error) {
    await removeLocalEntry(folder, entry.id);
    throw error;
  }
}

async function insertEntry(target: FaultTarget, entry: JournalEntry): Promise<void> {
  await target.query("create schema if not exists loadgen_chaos");
  await target.query(
    "create table if not exists loadgen_chaos.journal (id text primary key, entry text not null)",
  );
  await target.query(
    "insert into loadgen_chaos.journal (id, entry) values ($1, $2) on conflict (id) do nothing",
    [entry.id, JSON.stringify(entry)],
  );
}

/**
 * Strikes an entry out in both places, once its undo is done. With the last one the table goes, and
 * its schema unless somebody else has put something there.
 */
export async function removeEntry(folder: string, target: FaultTarget, id: string): Promise<void> {
  if (await hasTable(target)) {
    await target.query("delete from loadgen_chaos.journal where id = $1", [id]);
    const [left] = await target.query("select count(*)::int4 as count from loadgen_chaos.journal");
    if (left?.count === 0) await target.query(await droppingSql(target));
  }
  await removeLocalEntry(folder, id);
}

/** One string, hence one transaction. Without CASCADE: what came meanwhile is an error, and stays. */
async function droppingSql(target: FaultTarget): Promise<string> {
  const [row] = await target.query(
    `select count(*)::int4 as count
       from pg_catalog.pg_depend
      where refclassid = 'pg_catalog.pg_namespace'::regclass and refobjid = 'loadgen_chaos'::regnamespace`,
  );
  // The schema's only object, the journal itself.
  const ours = row?.count === 1;
  return `drop table loadgen_chaos.journal${ours ? "; drop schema loadgen_chaos" : ""}`;
}

/** For an entry whose database is gone: there is nothing left to undo. */
export async function removeLocalEntry(folder: string, id: string): Promise<void> {
  await rm(fileOf(folder, id), { force: true });
}

/** Throws a JournalError. */
export async function localEntries(folder: string): Promise<readonly JournalEntry[]> {
  const names: string[] = await readdir(folder).catch((error: unknown) => {
    const { code } = error as { code?: string };
    if (code === "ENOENT" || code === "ENOTDIR") return [];
    throw error;
  });
  const files = names.filter((name) => name.endsWith(".json")).sort();
  return Promise.all(
    files.map(async (name) => {
      const path = join(folder, name);
      return parse(path, await readFile(path, "utf8"));
    }),
  );
}

/** Throws a JournalError. */
export async function targetEntries(target: FaultTarget): Promise<readonly JournalEntry[]> {
  if (!(await hasTable(target))) return [];
  const rows = await target.query("select entry from loadgen_chaos.journal order by id");
  return rows.map((row) => parse("a row of loadgen_chaos.journal", String(row.entry)));
}

function parse(where: string, text: string): JournalEntry {
  try {
    return entrySchema.parse(JSON.parse(text));
  } catch (error) {
    throw unreadable(where, error);
  }
}

function fileOf(folder: string, id: string): string {
  return join(folder, `${id}.json`);
}

async function hasTable(target: FaultTarget): Promise<boolean> {
  const [row] = await target.query(
    "select to_regclass('loadgen_chaos.journal') is not null as found",
  );
  return row?.found === true;
}

/**
 * On disk for good: content and name are both synced, and a write that is cut short leaves no entry,
 * only a file under another name.
 */
async function writeDurably(file: string, folder: string, text: string): Promise<void> {
  const unfinished = `${file}.new`;
  await withHandle(unfinished, "w", async (handle) => {
    await handle.writeFile(text);
    await handle.sync();
  });
  await rename(unfinished, file);
  await withHandle(folder, "r", (handle) => handle.sync());
}

async function withHandle(
  path: string,
  flags: string,
  work: (handle: FileHandle) => Promise<void>,
): Promise<void> {
  const handle = await open(path, flags);
  try {
    await work(handle);
  } finally {
    await handle.close();
  }
}
