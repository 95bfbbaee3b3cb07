/**
 * One look at pg_stat_activity: how many sessions are busy, and what they wait for.
 *
 * The view is not read at one instant: backends report their state one by one while it is scanned.
 * Where one session hands over to another during the scan, both would look busy, and a limit of six
 * would be seen as seven. So the instant of a sample is the observer's statement_timestamp(), and a
 * session whose transaction began after it counts as idle. A session that ended after it counts as
 * idle too: at a hand-over a sample shows one too few, never one too many.
 */
import type { Connection } from "../server/connection.ts";

/** The application name of the observers' own connections; they are never part of a sample. */
export const observerName = "loadgen/observer";

/** What busy sessions wait for. Type null, event "running": nothing, as far as the server knows. */
export interface Wait {
  readonly type: string | null;
  readonly event: string;
  readonly count: number;
}

export interface Activity {
  /** Backends that exist, whatever they do. */
  readonly connections: number;
  /** Active plus idle in transaction. */
  readonly busy: number;
  readonly active: number;
  /** Those whose transaction failed and was not yet rolled back included. */
  readonly idleInTransaction: number;
  /** Busy sessions that wait for a heavyweight lock. */
  readonly waitingForLock: number;
  /** Of busy sessions, most frequent first. */
  readonly waits: readonly Wait[];
  /** Null where no session has a transaction. */
  readonly oldestTransactionMs: number | null;
  /** Who they are: process id and start, unique on a server even after an id came round again. */
  readonly backends: readonly string[];
}

interface Backend {
  readonly pid: number;
  readonly started: string;
  readonly state: string;
  readonly wait_type: string | null;
  readonly wait_event: string | null;
  readonly transaction_ms: number | null;
}

const backendsSql = `
  select pid,
    extract(epoch from backend_start)::text as started,
    case when coalesce(xact_start, query_start) > statement_timestamp() then 'idle'
      else coalesce(state, 'unknown') end as state,
    wait_event_type as wait_type,
    wait_event,
    (extract(epoch from statement_timestamp() - xact_start) * 1000)::float8 as transaction_ms
  from pg_catalog.pg_stat_activity
  where datname = current_database()
    and backend_type = 'client backend'
    and starts_with(application_name, $1)
    and application_name <> '${observerName}'`;

/**
 * Reads the sessions of the current database whose application_name begins with `filter`, such as
 * `loadgen/concurrent/`. Needs their role, or pg_read_all_stats. Throws ServerError.
 */
export async function readActivity(
  server: Pick<Connection, "query">,
  filter: string,
): Promise<Activity> {
  return activityOf((await server.query(backendsSql, [filter])) as unknown as readonly Backend[]);
}

function activityOf(backends: readonly Backend[]): Activity {
  const active = backends.filter(({ state }) => state === "active");
  const idle = backends.filter(({ state }) => state.startsWith("idle in transaction"));
  const busy = [...active, ...idle];
  const ages = busy.flatMap(({ transaction_ms }) => transaction_ms ?? []);
  return {
    connections: backends.length,
    busy: busy.length,
    active: active.length,
    idleInTransaction: idle.length,
    waitingForLock: busy.filter(({ wait_type }) => wait_type === "Lock").length,
    waits: waitsOf(busy),
    oldestTransactionMs: ages.length === 0 ? null : Math.max(...ages),
    backends: backends.map(({ pid, started }) => `${pid}/${started}`),
  };
}

function waitsOf(busy: readonly Backend[]): readonly Wait[] {
  return totalWaits(
    busy.map(({ wait_type, wait_event }) => ({
      type: wait_type,
      event: wait_event ?? "running",
      count: 1,
    })),
  );
}

/** Adds up equal waits; most frequent first. */
export function totalWaits(waits: readonly Wait[]): readonly Wait[] {
  const totals = new Map<string, Wait>();
  for (const wait of waits) {
    const key = `${wait.type ?? ""}:${wait.event}`;
    totals.set(key, { ...wait, count: (totals.get(key)?.count ?? 0) + wait.count });
  }
  return [...totals.values()].sort((one, other) => other.count - one.count);
}
