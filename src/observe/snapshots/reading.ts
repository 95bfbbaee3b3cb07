/**
 * Reads statistics as the server has them, row by row and column by column, for columns differ from
 * version to version. What this server does not have, or this role may not read, is named with the
 * reason and with what to do, and ends nothing.
 */
import { type Connection, ServerError } from "../../server/connection.ts";

/** A row of a statistics view: numbers, and text for everything else. */
export type CounterRow = Readonly<Record<string, number | string | null>>;

/** Whoever is asked. */
export type Server = Pick<Connection, "query">;

/** A part that this server does not have, or does not show to this role. */
export interface MissingPart {
  readonly part: string;
  /** Why: a SQLSTATE. */
  readonly code: string;
  /** The same in words: the server's own. */
  readonly why: string;
  /** What to do about it. */
  readonly advice: string;
}

/**
 * undefined_table, undefined_function, insufficient_privilege, query_canceled (the timeout),
 * lock_not_available, object_not_in_prerequisite_state (a standby has no WAL position of its own, a
 * library is not preloaded), feature_not_supported and undefined_file (no such extension).
 */
const survivable = ["42P01", "42883", "42501", "57014", "55P03", "55000", "0A000", "58P01"];

/** Whether the part is missing because of it, rather than the server gone or the question wrong. */
export function isSurvivable(error: unknown): error is ServerError {
  return error instanceof ServerError && survivable.includes(error.code);
}

/** Reads parts one by one, and remembers which were not to be had. */
export class Parts {
  readonly missing: MissingPart[];

  /** @param known what is known to be missing already, with a better reason. */
  constructor(known: readonly MissingPart[] = []) {
    this.missing = [...known];
  }

  /** Null: the part is missing. Rejects with a ServerError where the server is not usable at all. */
  async read<T>(part: string, read: () => Promise<T>): Promise<T | null> {
    try {
      return await read();
    } catch (error) {
      if (!isSurvivable(error)) throw error;
      this.lacks(part, error.code, reasonOf(error));
      return null;
    }
  }

  /** Once a part: the first reason counts. */
  lacks(part: string, code: string, why: string): void {
    if (this.missing.some((one) => one.part === part)) return;
    this.missing.push({ part, code, why, advice: adviceFor(part, code) });
  }
}

/** The server's words alone: where it is, run.json need not tell. */
export function reasonOf(error: ServerError): string {
  return error.cause instanceof Error ? error.cause.message : error.message;
}

/** Since which major version a view is there (release notes of that version). */
const viewSince: Readonly<Record<string, number>> = { pg_stat_checkpointer: 17, pg_stat_io: 16 };

/** Which takes what: the extension itself, and the right to read by it. */
const extensionRole: Readonly<Record<string, string>> = {
  pg_stat_statements: "pg_read_all_stats",
  pgstattuple: "pg_stat_scan_tables",
};

function extensionAdvice(extension: string, role: string, code: string): string {
  switch (code) {
    // object_not_in_prerequisite_state: its library was not loaded as the server started.
    case "55000":
      return `add ${extension} to shared_preload_libraries, and restart the server`;
    // feature_not_supported, undefined_file: no such extension, or a part of it is not there.
    case "0A000":
    case "58P01":
      return "install PostgreSQL's contrib package at the server";
    default:
      return (
        `have a superuser run create extension ${extension} in the database ` +
        `(a clone needs a superuser's run; else use --existing); reading takes ${role}`
      );
  }
}

const partAdvice: Readonly<Record<string, string>> = {
  track_functions:
    "have a superuser run alter database … set track_functions = 'pl', or set it in postgresql.conf",
};

function adviceFor(part: string, code: string): string {
  const since = viewSince[part];
  if (since !== undefined && code === "42P01") {
    return `none: PostgreSQL has it from version ${since} on`;
  }
  if (code === "57014" || code === "55P03") {
    return "measure while nobody else holds locks on the tables, or on a less busy server";
  }
  const role = extensionRole[part];
  if (role !== undefined) return extensionAdvice(part, role, code);
  return partAdvice[part] ?? "grant pg_monitor to the role, or use a server that has it";
}

/** Of a statement that gives a column `json` of text. */
export async function readRows(
  server: Server,
  sql: string,
  parameters: readonly unknown[] = [],
): Promise<readonly CounterRow[]> {
  const rows = await server.query(sql, parameters);
  return rows.map((row) => JSON.parse(String(row.json)) as CounterRow);
}

/** The number in a column; null where there is none. */
export function numberIn(row: CounterRow | null | undefined, column: string): number | null {
  const value = row?.[column];
  return typeof value === "number" ? value : null;
}
