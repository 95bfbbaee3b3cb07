/** What samples say about a span of time. Pure. */
import type { ActivityEvidence, Spread, WaitShare } from "../core/evidence.ts";
import { type Activity, totalWaits } from "./activity.ts";
import type { Timed } from "./history.ts";
import { type LockEdge, type LockEdgeTotal, totalEdges } from "./locks.ts";

/** One look at the server. */
export interface Sample extends Timed, Omit<Activity, "backends"> {
  /** Empty when nobody waited for a lock, or the server did not say. */
  readonly edges: readonly LockEdge[];
}

/** The server's view of a run, as run.json has it. */
export interface Observed {
  readonly concurrency: {
    /** Different backends seen. */
    readonly connectionsUsed: number;
    readonly busySessions: Spread;
    readonly activeSessions: Spread;
    readonly idleInTransaction: Spread;
  };
  /** In how many samples of a busy session it waited so; type null is a session that did not wait. */
  readonly waits: readonly {
    readonly type: string | null;
    readonly event: string;
    readonly samples: number;
  }[];
  readonly locks: {
    /** Looks at the server; `waiting` is over all of them. */
    readonly samples: number;
    readonly waiting: Spread;
    readonly edges: readonly LockEdgeTotal[];
  };
}

export function activityEvidence(samples: readonly Sample[]): ActivityEvidence {
  return {
    samples: samples.length,
    busy: spread(samples.map(({ busy }) => busy)),
    active: spread(samples.map(({ active }) => active)),
    idleInTransaction: spread(samples.map(({ idleInTransaction }) => idleInTransaction)),
    connections: spread(samples.map(({ connections }) => connections)).max,
  };
}

/** Most frequent first; sessions that did not wait are left out. */
export function waitShares(samples: readonly Sample[]): readonly WaitShare[] {
  return totalWaits(samples.flatMap(({ waits }) => waits)).flatMap(({ type, event, count }) =>
    type === null ? [] : [{ type, event, mean: count / samples.length }],
  );
}

export function observedIn(samples: readonly Sample[], connectionsUsed: number): Observed {
  const { busy, active, idleInTransaction } = activityEvidence(samples);
  return {
    concurrency: {
      connectionsUsed,
      busySessions: busy,
      activeSessions: active,
      idleInTransaction,
    },
    waits: totalWaits(samples.flatMap(({ waits }) => waits)).map(({ type, event, count }) => ({
      type,
      event,
      samples: count,
    })),
    locks: {
      samples: samples.length,
      waiting: spread(samples.map(({ waitingForLock }) => waitingForLock)),
      edges: totalEdges(samples.flatMap(({ edges }) => edges)),
    },
  };
}

/** Zeros without a sample: how many samples there were stands beside every spread. */
function spread(values: readonly number[]): Spread {
  const sum = values.reduce((total, value) => total + value, 0);
  return {
    mean: values.length === 0 ? 0 : sum / values.length,
    max: values.reduce((max, value) => Math.max(max, value), 0),
  };
}
