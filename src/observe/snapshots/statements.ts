/**
 * What single statements cost, by pg_stat_statements. Its texts hold what was sent: constants of
 * queries are replaced by the server, those of other statements (ALTER ROLE … PASSWORD) are not, so
 * that here every literal and comment goes before anything is kept.
 */
import { sqlTokens } from "../../core/sql-tokens.ts";
import { extensionSchema } from "./instruments.ts";
import { operationOf } from "../operation.ts";
import { type CounterRow, type Parts, readRows, type Server } from "./reading.ts";

/** A row of pg_stat_statements; identifiers are text, for they have more digits than a number holds. */
export interface StatementRow {
  readonly key: string;
  /** By the tag of whoever sent it; null: of no session of the run's. */
  readonly operation: string | null;
  /** False: within a function (pg_stat_statements.track = all). */
  readonly topLevel: boolean;
  /** Without literals and comments, and cut. */
  readonly query: string;
  readonly counters: CounterRow;
}

export interface StatementsSnapshot {
  /** When all were reset; null where the server does not say. */
  readonly resetAt: string | null;
  /** How often the server had to drop statements for others. */
  readonly dropped: number;
  /** Of this database, by total time; no more than a snapshot holds. */
  readonly rows: readonly StatementRow[];
  /** The server has more of them. */
  readonly isCut: boolean;
}

/** A clone has some dozens; somebody's busy database may have all that pg_stat_statements.max lets it. */
export const statementsRead = 1000;

/** Of a text in characters, before and after cleaning: enough to recognise it. */
const textReadMax = 4000;
const textKeptMax = 300;

/** Texts end in the tag. */
const endReadMax = 200;

export async function readStatements(
  server: Server,
  parts: Parts,
): Promise<StatementsSnapshot | null> {
  const schema = await extensionSchema(server, "pg_stat_statements", parts);
  if (schema === null) return null;
  return parts.read("pg_stat_statements", async () => {
    const [info] = await readRows(
      server,
      `select to_jsonb(i)::text as json from ${schema}.pg_stat_statements_info i`,
    );
    // Somebody else's, of which a role without pg_read_all_stats sees no more than that it is there.
    const rows = await server.query(
      `select left(s.query, ${textReadMax}) as text, right(s.query, ${endReadMax}) as ending,
         concat_ws('/', s.userid, s.queryid, s.toplevel) as key, s.toplevel,
         (to_jsonb(s) - array['query', 'userid', 'dbid', 'queryid', 'toplevel'])::text as json
       from ${schema}.pg_stat_statements s
       join pg_catalog.pg_database d on d.oid = s.dbid
       where d.datname = current_database() and s.queryid is not null
       order by s.total_exec_time desc
       limit ${statementsRead + 1}`,
    );
    return {
      resetAt: info?.stats_reset == null ? null : String(info.stats_reset),
      dropped: Number(info?.dealloc ?? 0),
      isCut: rows.length > statementsRead,
      rows: rows.slice(0, statementsRead).map((row) => ({
        key: String(row.key),
        operation: operationOf(String(row.ending)),
        topLevel: row.toplevel === true,
        query: shownQuery(String(row.text)),
        counters: JSON.parse(String(row.json)) as CounterRow,
      })),
    };
  });
}

/** In one line, without comments and without what stands in quotes or between dollars. */
export function shownQuery(text: string): string {
  const shown = sqlTokens(text).map((token) => {
    if (token.kind === "comment" || token.kind === "command") return " ";
    if (token.kind === "unfinished") return token.text === "/*" ? "" : literal;
    return /^(?:[eE]?'|\$(?!\d))/.test(token.text) ? literal : token.text;
  });
  const line = shown.join("").replace(/\s+/g, " ").trim();
  return line.length > textKeptMax ? `${line.slice(0, textKeptMax - 1)}…` : line;
}

const literal = "'…'";
