/** Which of the run's sessions wait for a lock that a fault holds: what proves that the lock was in somebody's way. */
import { counted } from "../core/counted.ts";
import type { Figures } from "../core/evidence.ts";
import type { FaultContext } from "./fault.ts";
import { repeatedly } from "./repeatedly.ts";

/** As figures, for a proof. */
export interface BlockedSeen {
  /** How many sessions waited at a time, in the look that saw most of them. */
  readonly blocked: number;
  readonly looks: number;
}

/** What was seen, for the evidence. */
export function blockedText({ blocked = 0, looks = 0 }: Figures): string {
  return (
    `${counted(Number(blocked), "session")} waited for it at a time, ` +
    `in the fullest of ${counted(Number(looks), "look")}`
  );
}

/** Often enough for a fault of a second; each look costs the server a walk through its lock table. */
const lookEveryMs = 250;

/** Of more sessions in wait, so many are asked about. */
const waitersMax = 100;

/**
 * Looks now and then for as long as the fault is in force, and once more whenever it is asked.
 * @param pids the backends that hold what others are to wait for.
 */
export function watchBlocked(
  context: FaultContext,
  pids: () => readonly number[],
): () => Promise<BlockedSeen> {
  let seen: BlockedSeen = { blocked: 0, looks: 0 };
  const look = async () => {
    const blocked = await blockedBy(context, pids());
    seen = { blocked: Math.max(seen.blocked, blocked), looks: seen.looks + 1 };
  };
  context.background((over) => repeatedly(lookEveryMs, over, look));
  return async () => {
    await look();
    return seen;
  };
}

/** Those in front of which another session stands are not counted: they wait for that one. */
async function blockedBy(
  { target, sessions }: Pick<FaultContext, "target" | "sessions">,
  pids: readonly number[],
): Promise<number> {
  const [row] = await target.query(
    `with waiting as materialized (
       select pid
       from pg_catalog.pg_stat_activity
       where datname = current_database() and starts_with(application_name, $1)
         and wait_event_type = 'Lock'
       limit $3
     )
     select count(*)::int4 as blocked
     from waiting
     where pg_catalog.pg_blocking_pids(pid) && $2::int4[]`,
    [sessions.prefix, pids, waitersMax],
  );
  return Number(row?.blocked);
}
