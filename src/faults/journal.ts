/**
 * What still has to be undone, written down before each injection: on local disk, because a target
 * that is frozen or gone cannot answer, and in the target database, because the disk of the machine
 * that injected may be gone. Whoever comes next, after a kill -9 too, finds it in either place.
 */
import { type FileHandle, mkdir, open, readdir, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import type { FaultTarget, UndoRecord } from "./fault.ts";

export interface JournalEntry {
  readonly id: string;
  readonly fault: string;
  readonly database: string;
  /** The server, without a password; null: the embedded one. */
  readonly server: string | null;
  readonly injectedAt: string;
  readonly undo: UndoRecord;
}

const entrySchema = z.object({
  id: z.string(),
  fault: z.string(),
  database: z.string(),
  server: z.string().nullable(),
  injectedAt: z.string(),
  undo: z.custom<UndoRecord>((value) => typeof value === "object" && value !== null),
});

/** Writes an entry in both places; once this resolves, the injection may start. */
export async function writeEntry(
  folder: string,
  target: FaultTarget,
  entry: JournalEntry,
): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeDurably(fileOf(folder, entry.id), folder, JSON.stringify(entry));
  await target.query("create schema if not exists loadgen");
  await target.query(
    "create table if not exists loadgen.journal (id text primary key, entry text not null)",
  );
  await target.query(
    "insert into loadgen.journal (id, entry) values ($1, $2) on conflict (id) do nothing",
    [entry.id, JSON.stringify(entry)],
  );
}

/** Strikes an entry out in both places, once its undo is done. Leaves no schema of ours behind. */
export async function removeEntry(folder: string, target: FaultTarget, id: string): Promise<void> {
  if (await hasTable(target)) {
    await target.query("delete from loadgen.journal where id = $1", [id]);
    const [left] = await target.query("select count(*)::int4 as count from loadgen.journal");
    if (left?.count === 0) await target.query("drop schema loadgen cascade");
  }
  await removeLocalEntry(folder, id);
}

/** For an entry whose database is gone: there is nothing left to undo. */
export async function removeLocalEntry(folder: string, id: string): Promise<void> {
  await rm(fileOf(folder, id), { force: true });
}

export async function localEntries(folder: string): Promise<readonly JournalEntry[]> {
  const names: string[] = await readdir(folder).catch((error: unknown) => {
    if ((error as { code?: string }).code === "ENOENT") return [];
    throw error;
  });
  const files = names.filter((name) => name.endsWith(".json")).sort();
  return Promise.all(files.map(async (name) => parse(await readFile(join(folder, name), "utf8"))));
}

export async function targetEntries(target: FaultTarget): Promise<readonly JournalEntry[]> {
  if (!(await hasTable(target))) return [];
  const rows = await target.query("select entry from loadgen.journal order by id");
  return rows.map((row) => parse(String(row.entry)));
}

function parse(text: string): JournalEntry {
  return entrySchema.parse(JSON.parse(text));
}

function fileOf(folder: string, id: string): string {
  return join(folder, `${id}.json`);
}

async function hasTable(target: FaultTarget): Promise<boolean> {
  const [row] = await target.query("select to_regclass('loadgen.journal') is not null as found");
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
