/** The backends of the run's sessions, by the server's account. */
import type { FaultTarget, SessionControl } from "./fault.ts";

export interface SessionBackend {
  readonly pid: number;
  /** The number of the session that uses it. */
  readonly session: number;
  readonly isActive: boolean;
}

/** In the order of the sessions' numbers, so that a seed chooses the same ones again. */
export async function sessionBackends(
  target: FaultTarget,
  { prefix }: SessionControl,
): Promise<readonly SessionBackend[]> {
  const rows = await target.query(
    `select pid, substr(application_name, length($1) + 1) as session, state = 'active' as is_active
     from pg_catalog.pg_stat_activity
     where datname = current_database() and backend_type = 'client backend'
       and starts_with(application_name, $1)`,
    [prefix],
  );
  return rows
    .map((row) => ({
      pid: Number(row.pid),
      session: Number(row.session),
      isActive: row.is_active === true,
    }))
    .sort((one, other) => one.session - other.session);
}
