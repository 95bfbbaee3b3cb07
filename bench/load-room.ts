/** Whether there is room to load a fixture twice: nothing is worse for a server than a full disk. */
import { statfs } from "node:fs/promises";
import { bytesText } from "../src/report/figures.ts";
import type { Fixture } from "../src/server/fixture/fixture.ts";

/** Of a row of references, as measured (docs/full-size.md), rounded up. */
const bytesPerReference = {
  csv: 100,
  /** Of the table and its indexes. */
  database: 320,
};

/** At most: max_wal_size, and a checkpoint is under way while more is written. */
const logBytes = 8e9;

/** What is missing, in words; null: nothing. The CSV files, the fixture, and its clone or the files of sorts. */
export async function lackOfRoom(folder: string, { parameters }: Fixture): Promise<string | null> {
  const { csv, database } = bytesPerReference;
  const perReference = csv + 2 * database;
  const references = parameters.references ?? 0;
  const needed = references * perReference + Math.min(logBytes, references * perReference);
  const { bavail, bsize } = await statfs(folder);
  if (bavail * bsize >= needed) return null;
  return (
    `it needs ${bytesText(needed)} in ${folder}, where ${bytesText(bavail * bsize)} are free: ` +
    "make room, or name another folder with TMPDIR"
  );
}
