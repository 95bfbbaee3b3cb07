/**
 * Who blocks whom, and over what. Asked only when a session waits for a lock: the lock table has
 * tens of thousands of rows when 100 sessions write to partitioned tables.
 *
 * The edges of a sample are not of one instant: a waiter may move on between the reading of the lock
 * table and the question who blocks it. Then its edge is missing, or carries the earlier lock's mode.
 */
import type { Connection } from "../server/connection.ts";
import { nameOf } from "./operation.ts";

/** One session waiting for another. */
export interface LockEdge {
  /** The operation of the waiting session; see `nameOf` for sessions that are not loadgen's. */
  readonly blocked: string;
  /** The operation of the session in its way; "prepared transaction" where there is no session. */
  readonly blocker: string;
  /** The mode waited for, such as ShareLock. */
  readonly mode: string;
  /** As in pg_locks, such as transactionid, tuple or relation. */
  readonly lockType: string;
  /** Schema-qualified; the root where it is a partition; "unknown" where the server does not say. */
  readonly relation: string;
  /** How long it has waited. */
  readonly ageMs: number;
  /** As in pg_stat_activity: "idle in transaction" means that the client keeps the lock. */
  readonly blockerState: string;
}

/** Equal edges of many samples together. */
export interface LockEdgeTotal {
  readonly blocked: string;
  readonly blocker: string;
  readonly mode: string;
  readonly lockType: string;
  readonly relation: string;
  /** Waiting sessions, summed over the samples. */
  readonly count: number;
  readonly ageMsMax: number;
  /** How often the blocker was in which state. */
  readonly blockerStates: Readonly<Record<string, number>>;
}

/** Of more waiters than this, those that have waited longest are asked about. */
const waitersMax = 100;

/** Statements without a tag may differ without end; the most frequent edges tell the story. */
const edgesMax = 100;

/*
 * pg_blocking_pids names whoever holds a conflicting lock, and also whoever merely stands ahead in
 * the same queue. With n sessions queued at one row the latter make n²/2 edges that say nothing, so
 * they are left out; unless nobody else is in the way, as for a reader behind a queued ALTER TABLE.
 *
 * Who waits for a row's transaction first takes that row's tuple lock: it names the relation that
 * the wait itself does not. Waits for a key that another transaction inserts have none.
 */
const edgesSql = `
  with locks as materialized (
    select pid, granted, mode, locktype, relation, waitstart,
      concat_ws('/', locktype, database, relation, page, tuple, virtualxid, transactionid,
        classid, objid, objsubid) as target
    from pg_catalog.pg_locks
    where not granted or locktype = 'tuple'
  ), waiting as materialized (
    select l.*, a.query, a.application_name
    from locks l
    join pg_catalog.pg_stat_activity a on a.pid = l.pid
    where not l.granted
      and a.datname = current_database()
      and starts_with(a.application_name, $1)
    order by l.waitstart nulls last
    limit $2
  ), blocking as materialized (
    select distinct w.pid, blocker, q.pid is not null as queued
    from waiting w
    cross join lateral unnest(pg_catalog.pg_blocking_pids(w.pid)) as blocker
    left join locks q on q.pid = blocker and not q.granted and q.target = w.target
  ), edges as (
    select b.pid, b.blocker, b.queued, bool_and(b.queued) over (partition by b.pid) as all_queued
    from blocking b
  ), related as (
    select w.pid, coalesce(w.relation, min(t.relation::bigint)::oid) as relation
    from waiting w
    left join locks t on t.pid = w.pid and t.granted
    group by w.pid, w.relation
  )
  select w.query as blocked_query, w.application_name as blocked_application, w.mode, w.locktype,
    e.blocker, coalesce(a.query, '') as blocker_query,
    coalesce(nullif(a.application_name, ''), a.backend_type, '') as blocker_application,
    coalesce(a.state, 'none') as blocker_state,
    coalesce(n.nspname || '.' || c.relname, 'unknown') as relation,
    coalesce(greatest(0, extract(epoch from clock_timestamp() - w.waitstart) * 1000), 0)::float8
      as age_ms
  from edges e
  join waiting w on w.pid = e.pid
  join related r on r.pid = e.pid
  left join pg_catalog.pg_stat_activity a on a.pid = e.blocker
  left join pg_catalog.pg_index i on i.indexrelid = r.relation
  left join pg_catalog.pg_class c on c.oid = coalesce(
    pg_catalog.pg_partition_root(coalesce(i.indrelid, r.relation)), i.indrelid, r.relation)
  left join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  where e.all_queued or not e.queued`;

interface EdgeRow {
  readonly blocked_query: string;
  readonly blocked_application: string;
  readonly mode: string;
  readonly locktype: string;
  readonly blocker: number;
  readonly blocker_query: string;
  readonly blocker_application: string;
  readonly blocker_state: string;
  readonly relation: string;
  readonly age_ms: number;
}

/** What stands in the way of the sessions that `readActivity` counts. Throws ServerError. */
export async function readLocks(
  server: Pick<Connection, "query">,
  filter: string,
): Promise<readonly LockEdge[]> {
  const rows = await server.query(edgesSql, [filter, waitersMax]);
  return (rows as unknown as readonly EdgeRow[]).map((row) => ({
    blocked: nameOf(row.blocked_query, row.blocked_application),
    // pg_blocking_pids gives 0 for a prepared transaction.
    blocker:
      row.blocker === 0
        ? "prepared transaction"
        : nameOf(row.blocker_query, row.blocker_application),
    mode: row.mode,
    lockType: row.locktype,
    relation: row.relation,
    ageMs: row.age_ms,
    blockerState: row.blocker_state,
  }));
}

/** Adds up equal edges; most frequent first. */
export function totalEdges(edges: Iterable<LockEdge>): readonly LockEdgeTotal[] {
  const totals = new Map<string, LockEdgeTotal>();
  for (const edge of edges) {
    const key = [edge.blocked, edge.blocker, edge.mode, edge.lockType, edge.relation].join("\n");
    totals.set(key, withEdge(totals.get(key), edge));
  }
  return [...totals.values()].sort((one, other) => other.count - one.count).slice(0, edgesMax);
}

function withEdge(total: LockEdgeTotal | undefined, edge: LockEdge): LockEdgeTotal {
  const { ageMs, blockerState, ...same } = edge;
  const states = total?.blockerStates ?? {};
  return {
    ...same,
    count: (total?.count ?? 0) + 1,
    ageMsMax: Math.max(total?.ageMsMax ?? 0, ageMs),
    blockerStates: { ...states, [blockerState]: (states[blockerState] ?? 0) + 1 },
  };
}
