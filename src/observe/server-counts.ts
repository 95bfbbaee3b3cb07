/** The server's own counts by which faults are proven: sessions, transactions, deadlocks, files, log, checkpoints. */
import type { ServerEvidence } from "../core/evidence.ts";
import type { Connection } from "../server/connection.ts";

/** From 17 on checkpoints have a view of their own (release notes of 17). */
const checkpointsFrom = { since17: "checkpointer", before17: "bgwriter" } as const;

const columnOf = {
  [checkpointsFrom.since17]: "num_requested",
  [checkpointsFrom.before17]: "checkpoints_req",
} as const;

function countsSql(view: "checkpointer" | "bgwriter"): string {
  return `
    select xact_commit::float8 as commits,
      xact_rollback::float8 as rollbacks,
      deadlocks::float8 as deadlocks,
      temp_bytes::float8 as "tempBytes",
      sessions::float8 as sessions,
      sessions_abandoned::float8 as "sessionsAbandoned",
      sessions_fatal::float8 as "sessionsFatal",
      sessions_killed::float8 as "sessionsKilled",
      pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::float8 as "walBytes",
      (select ${columnOf[view]}::float8 from pg_catalog.pg_stat_${view}) as "checkpointsRequested"
    from pg_catalog.pg_stat_database
    where datname = current_database()`;
}

/** Since the statistics began. Throws ServerError. */
export async function readServerCounts(server: Pick<Connection, "query">): Promise<ServerEvidence> {
  const [version] = await server.query(
    "select current_setting('server_version_num')::int4 >= 170000 as since17",
  );
  const view = version?.since17 === true ? checkpointsFrom.since17 : checkpointsFrom.before17;
  const [row] = await server.query(countsSql(view));
  return row as unknown as ServerEvidence;
}

/** What happened between the two; null where the statistics were lost meanwhile, as in a crash. */
export function countsBetween(start: ServerEvidence, end: ServerEvidence): ServerEvidence | null {
  if (end.sessions < start.sessions || end.commits < start.commits) return null;
  const names = Object.keys(end) as (keyof ServerEvidence)[];
  const grown = names.map((name) => [name, end[name] - start[name]] as const);
  return Object.fromEntries(grown) as unknown as ServerEvidence;
}
