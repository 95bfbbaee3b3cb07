/**
 * What the server needs for a run's clone to be seen whole: two extensions of PostgreSQL's own, and the
 * counting of functions. Made in the run's own database only; in one of the user's, what is there counts.
 */
import type { Parts, Server } from "./reading.ts";

/** Those that snapshots read by. */
export const snapshotExtensions = ["pg_stat_statements", "pgstattuple"] as const;

export type SnapshotExtension = (typeof snapshotExtensions)[number];

/** Before the sessions connect: a database's setting holds for connections to come. */
export async function makeInstruments(server: Server, parts: Parts): Promise<void> {
  for (const extension of snapshotExtensions) {
    await parts.read(extension, () =>
      server.query(`create extension if not exists ${extension}`).then(() => true),
    );
  }
  const [row] = await server.query(
    "select current_setting('track_functions') as track, quote_ident(current_database()) as database",
  );
  if (row?.track !== "none") return;
  await parts.read("track_functions", () =>
    server
      .query(`alter database ${String(row.database)} set track_functions = 'pl'`)
      .then(() => true),
  );
}

/** Quoted, as a query writes it; null: it is not installed in this database, which is noted. */
export async function extensionSchema(
  server: Server,
  extension: SnapshotExtension,
  parts: Parts,
): Promise<string | null> {
  const [row] = await server.query(
    `select quote_ident(namespace.nspname) as schema
     from pg_catalog.pg_extension as extension
     join pg_catalog.pg_namespace as namespace on namespace.oid = extension.extnamespace
     where extension.extname = $1`,
    [extension],
  );
  if (row !== undefined) return String(row.schema);
  parts.lacks(extension, undefinedObject, "the extension is not installed in this database");
  return null;
}

const undefinedObject = "42704";
