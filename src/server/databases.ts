/**
 * Creates and drops loadgen's own databases. Every run gets a fresh one, cloned from a fixture, so
 * that it starts where every other run started and harms nothing that is not loadgen's.
 */
import pg from "pg";
import type { Address } from "./address.ts";
import { Connection, ServerError } from "./connection.ts";
import {
  type DatabaseMark,
  markedDatabases,
  markingSql,
  markOf,
  namePrefix,
} from "./database-mark.ts";

/** A name for a run's database: `loadgen_run_<UTC time to the ms>_<process id>`. */
export function runDatabaseName(): string {
  return privateName("run");
}

/** `loadgen_<purpose>_<UTC time to the ms>_<process id>`, at most 63 bytes. */
export function privateName(purpose: string): string {
  return `${namePrefix}${purpose}_${new Date().toISOString().replace(/\D/g, "")}_${process.pid}`;
}

/**
 * Copies a template under a new name, and then writes a checkpoint, so that a run does not pay for
 * the one before. Returns notes on what could not be done for lack of a privilege.
 */
export async function cloneFixture(
  admin: Address,
  template: string,
  name: string,
): Promise<readonly string[]> {
  return Connection.use(admin, applicationName, async (connection) => {
    const mark: DatabaseMark = { kind: "run", home: admin.database, template };
    try {
      await createDatabase(connection, name, { template, mark });
    } catch (error) {
      throw (await ownedByAnother(connection, template, error)) ?? error;
    }
    return checkpoint(connection);
  });
}

/** The server says only that it is denied, not who may. Null: the error has another reason. */
async function ownedByAnother(
  connection: Connection,
  template: string,
  error: unknown,
): Promise<ServerError | null> {
  if (!(error instanceof ServerError) || error.code !== insufficientPrivilege) return null;
  const [row] = await connection.query(
    `select pg_get_userbyid(datdba) as owner from pg_database
      where datname = $1 and not pg_has_role(datdba, 'usage')`,
    [template],
  );
  if (row === undefined) return null;
  const why = `the fixture ${template} belongs to the role ${String(row.owner)}, and only that role, its members and superusers may copy it: connect as one of them, or have it dropped (loadgen db reset) and load it as this one`;
  return new ServerError(why, error.code, error);
}

/** What whoever connects to the database from now on finds set there; a copy of it has none of it. */
export async function setDefaults(
  admin: Address,
  name: string,
  settings: Readonly<Record<string, string>>,
): Promise<void> {
  await Connection.use(admin, applicationName, async (connection) => {
    for (const [setting, value] of Object.entries(settings)) {
      const to = `${pg.escapeIdentifier(setting)} = ${pg.escapeLiteral(value)}`;
      await connection.query(`alter database ${pg.escapeIdentifier(name)} set ${to}`);
    }
  });
}

/** A database for a scenario without a system. */
export async function createEmptyDatabase(admin: Address, name: string): Promise<void> {
  const mark: DatabaseMark = { kind: "run", home: admin.database, template: null };
  await Connection.use(admin, applicationName, (connection) =>
    createDatabase(connection, name, { template: pristineTemplate, mark }),
  );
}

/**
 * Drops a database of loadgen's and ends whatever is connected to it; nothing happens if there is
 * none of that name. Throws ServerError for a database that loadgen did not make.
 */
export async function dropDatabase(admin: Address, name: string): Promise<void> {
  await Connection.use(admin, applicationName, async (connection) => {
    const mark = await markOf(connection, name);
    if (mark === null) throw notOurs(name);
    if (mark !== undefined) await dropMarked(connection, name);
  });
}

export interface Reset {
  readonly dropped: readonly string[];
  /** What was left alone, and why. */
  readonly kept: readonly { readonly name: string; readonly reason: string }[];
}

/**
 * Drops every clone and fixture that was made from this maintenance database. The caller holds the
 * run lock: otherwise a run could lose its database under its feet.
 */
export async function resetDatabases(admin: Address): Promise<Reset> {
  return Connection.use(admin, applicationName, async (connection) => {
    const dropped: string[] = [];
    const kept: { name: string; reason: string }[] = [];
    for (const { name, mark } of await markedDatabases(connection)) {
      if (mark === null) {
        kept.push({ name, reason: "it has no comment by loadgen, so it may be somebody else's" });
      } else if (mark.home !== admin.database) {
        kept.push({ name, reason: `it was made from the database ${mark.home}: reset from there` });
      } else {
        await dropMarked(connection, name);
        dropped.push(name);
      }
    }
    return { dropped, kept };
  });
}

/** Pristine, and nobody can connect to it, unlike template1, so that it is always free to copy. */
export const pristineTemplate = "template0";

/**
 * Creates a database and marks it. The two cannot be one transaction; if the process dies between
 * them, an empty database without a mark remains, which `doctor` shows and nothing else touches.
 */
export async function createDatabase(
  connection: Connection,
  name: string,
  { template, mark }: { readonly template: string; readonly mark: DatabaseMark },
): Promise<void> {
  const create = `create database ${pg.escapeIdentifier(name)} template ${pg.escapeIdentifier(template)}`;
  await whenUnused(async () => connection.query(create + (await strategy(connection))));
  await connection.query(markingSql(name, mark));
}

/** Drops a database that was seen to be loadgen's. `force` ends its sessions (since 13). */
export async function dropMarked(connection: Connection, name: string): Promise<void> {
  const drop = `drop database if exists ${pg.escapeIdentifier(name)}`;
  try {
    await connection.query(`${drop} with (force)`);
  } catch (error) {
    if (!(error instanceof ServerError) || error.code !== insufficientPrivilege) throw error;
    // Autovacuum may be at work in it, as a superuser, whom nobody else may end: without force the
    // server sends it away by itself.
    await whenUnused(() => connection.query(drop));
  }
}

/**
 * Tries again while somebody is connected to the database in question (55006, object_in_use). The
 * server itself waits 5 s and sends autovacuum away before it says so; three times that is longer
 * than any leaving session takes, and short enough to be told of one that stays.
 */
export async function whenUnused(action: () => Promise<unknown>): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await action();
      return;
    } catch (error) {
      const inUse = error instanceof ServerError && error.code === objectInUse;
      if (!inUse || attempt === attemptsMax) throw error;
    }
  }
}

const applicationName = "loadgen/databases";
const objectInUse = "55006";
const insufficientPrivilege = "42501";
const attemptsMax = 3;

/**
 * Copying files beats copying through the log, here where a checkpoint follows anyway: for 70 MB
 * 80 to 220 ms in all against 235 to 295 ms (PostgreSQL 18). Before 15 it is the only way.
 */
async function strategy(connection: Connection): Promise<string> {
  const [row] = await connection.query(
    "select current_setting('server_version_num')::int4 as version_number",
  );
  return Number(row?.version_number) >= 150_000 ? " strategy file_copy" : "";
}

async function checkpoint(connection: Connection): Promise<readonly string[]> {
  try {
    await connection.query("checkpoint");
    return [];
  } catch (error) {
    if (!(error instanceof ServerError) || error.code !== insufficientPrivilege) throw error;
    return [
      "no checkpoint was written before the run, which needs a superuser or, since PostgreSQL 15, " +
        "membership in pg_checkpoint: runs may differ by who pays for the next one",
    ];
  }
}

function notOurs(name: string): ServerError {
  const why = name.startsWith(namePrefix) ? "has no comment by loadgen" : "is not loadgen's";
  return new ServerError(`the database ${name} ${why}: drop it by hand if you mean to`, "");
}
