/** What interrupted loadings of fixtures left: databases with a part of the content, and their journal. */
import { counted } from "../core/counted.ts";
import type { Address } from "./address.ts";
import { Connection, ServerError } from "./connection.ts";
import { markedDatabases } from "./database-mark.ts";
import { dropMarked } from "./databases.ts";
import { isComplete, rowsLoaded } from "./load-journal.ts";

/**
 * Of the fixture of this name, whose lock the caller holds, so that nobody is loading it. All that is
 * left of it is dropped but the one to go on with, which is returned; null if there is none, or it is
 * not wanted. The name stands for all of the content, see fixture-database.ts.
 */
export async function takeLeftover(
  admin: Address,
  connection: Connection,
  wanted: {
    readonly name: string;
    readonly resumes: boolean | null;
    readonly note: (text: string) => void;
  },
): Promise<string | null> {
  const leftovers: Leftover[] = [];
  for (const { name, mark } of await markedDatabases(connection)) {
    if (mark?.kind !== "loading" || mark.content.name !== wanted.name) continue;
    // Who was killed may have left a statement that goes on by itself, and gets further.
    await endSessions(admin, name);
    leftovers.push(await leftoverIn(admin, name));
  }
  leftovers.sort((one, other) => other.rows - one.rows);
  const [furthest] = leftovers;
  const taken = wanted.resumes === true ? furthest : undefined;
  for (const { name } of leftovers) if (name !== taken?.name) await dropMarked(connection, name);
  if (taken !== undefined) {
    wanted.note(`going on where an interrupted loading was: ${rowsText(taken.rows)} are loaded`);
  } else if (furthest !== undefined) {
    wanted.note(
      `an interrupted loading left ${rowsText(furthest.rows)}, which are dropped: ` +
        "--resume would have gone on with them",
    );
  } else if (wanted.resumes === true) {
    wanted.note("no interrupted loading has left any of this content: it is loaded from the start");
  }
  return taken?.name ?? null;
}

/** Says what a loading that just ended early has left. */
export async function left(admin: Address, name: string): Promise<string> {
  const { rows } = await leftoverIn(admin, name);
  return `${rowsText(rows)} are loaded and kept: the same with --resume goes on from there`;
}

/** Ends everybody's sessions in a database, and waits until they are gone. Throws ServerError if one stays. */
export async function endSessions(admin: Address, name: string): Promise<void> {
  await Connection.use(admin, applicationName, async (connection) => {
    // Two statements: in one, the server is free to end sessions before it looks at whose they are.
    const sessions = await connection.query(
      `select pid from pg_catalog.pg_stat_activity
        where datname = $1 and backend_type = 'client backend'`,
      [name],
    );
    const stayed = await connection.query(
      "select pid from unnest($1::int4[]) as pid where not pg_terminate_backend(pid, $2)",
      [sessions.map(({ pid }) => pid), patienceMs],
    );
    if (stayed.length > 0) {
      throw new ServerError(`${stayed.length} sessions in ${name} cannot be ended`, "");
    }
  });
}

interface Leftover {
  readonly name: string;
  /** More than any other's if only the name is missing. */
  readonly rows: number;
}

async function leftoverIn(admin: Address, name: string): Promise<Leftover> {
  return Connection.use(admin.withDatabase(name), applicationName, async (connection) => {
    const rows = await rowsLoaded(connection);
    if (rows !== null) return { name, rows };
    return { name, rows: (await isComplete(connection)) ? Number.POSITIVE_INFINITY : 0 };
  });
}

function rowsText(rows: number): string {
  return Number.isFinite(rows) ? counted(rows, "row") : "all rows";
}

const applicationName = "loadgen/fixture";

/** A rollback takes no time; a checkpoint of a slow disk may hold a backend up for some seconds. */
const patienceMs = 60_000;
