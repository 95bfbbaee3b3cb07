/**
 * How loadgen recognises databases that it made: a name that starts with `loadgen_`, and a comment
 * that only loadgen writes. Both together are needed before anything is dropped.
 */
import pg from "pg";
import { z } from "zod";
import type { Address } from "./address.ts";
import { Connection } from "./connection.ts";

export const namePrefix = "loadgen_";

const fixtureContent = z.object({
  /** Its name once complete, see fixture-database.ts. */
  name: z.string(),
  system: z.string(),
  variant: z.string(),
  parameters: z.record(z.string(), z.number()),
});

/**
 * - `loading`: becomes the fixture `content.name` once it is complete; left over if nobody loads it.
 * - `fixture`: complete; a template that nobody can connect to.
 * - `run`: a clone of the fixture named `template`, or empty; dropped after its run unless kept.
 *
 * `home` is the maintenance database of whoever made it. Advisory locks are per database, so the
 * run lock guards only what has the same home, and nobody drops what belongs to another.
 */
const markSchema = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("loading"), home: z.string(), content: fixtureContent }),
  z.object({ kind: z.literal("fixture"), home: z.string(), content: fixtureContent }),
  z.object({ kind: z.literal("run"), home: z.string(), template: z.string().nullable() }),
]);

export type FixtureContent = Readonly<z.infer<typeof fixtureContent>>;
export type DatabaseMark = Readonly<z.infer<typeof markSchema>>;

export interface LoadgenDatabase {
  readonly name: string;
  /** Null: it has the name but not the comment, so it is nothing that loadgen may touch. */
  readonly mark: DatabaseMark | null;
}

/** Every database on the server whose name starts with `loadgen_`, in order of name. */
export async function listLoadgenDatabases(admin: Address): Promise<readonly LoadgenDatabase[]> {
  return Connection.use(admin, "loadgen/databases", markedDatabases);
}

/** The same over a connection that is open already. */
export async function markedDatabases(connection: Connection): Promise<readonly LoadgenDatabase[]> {
  const rows = await connection.query(
    `select datname::text as name, shobj_description(oid, 'pg_database') as comment
       from pg_catalog.pg_database
      where starts_with(datname, $1)
      order by datname`,
    [namePrefix],
  );
  return rows.map((row) => ({ name: String(row.name), mark: parsed(row.comment) }));
}

/** The mark of one database; null if it has none, undefined if there is no such database. */
export async function markOf(
  connection: Connection,
  name: string,
): Promise<DatabaseMark | null | undefined> {
  const databases = await markedDatabases(connection);
  return databases.find((database) => database.name === name)?.mark;
}

/** The statement that puts a mark on a database; COMMENT takes no bind parameters. */
export function markingSql(name: string, mark: DatabaseMark): string {
  const text = commentPrefix + JSON.stringify(mark);
  return `comment on database ${pg.escapeIdentifier(name)} is ${pg.escapeLiteral(text)}`;
}

const commentPrefix = "Made by loadgen: ";

function parsed(comment: unknown): DatabaseMark | null {
  if (typeof comment !== "string" || !comment.startsWith(commentPrefix)) return null;
  try {
    return markSchema.parse(JSON.parse(comment.slice(commentPrefix.length)));
  } catch {
    // Somebody else's words, or an older loadgen's: either way not a database to be touched.
    return null;
  }
}
