/** What a committed transaction cost the server, by its own counters. */
import { countOf } from "../metrics/operation-tally.ts";
import { serverPerTransaction } from "../observe/snapshots/counters.ts";
import { activityPerTransaction } from "../observe/snapshots/server-activity.ts";
import type { Timeline } from "../metrics/timeline.ts";
import type { Snapshot } from "../observe/snapshots/snapshot.ts";

interface Around {
  readonly measured: { readonly warmup: Timeline; readonly timeline: Timeline };
  readonly before: Snapshot;
  /** Null: the server was gone by then. */
  readonly after: Snapshot | null;
}

/**
 * The counters are read before the first session connects and after the last one is gone, because
 * statistics are flushed late; so the work of the warm-up is in them, and in the divisor.
 */
export function perTransaction({ measured, before, after }: Around) {
  if (after === null) return unknownPerTransaction;
  const committed =
    measured.warmup.totals.sum(countOf("committed")) +
    measured.timeline.totals.sum(countOf("committed"));
  return {
    ...serverPerTransaction(before, after, committed),
    ...activityPerTransaction(before, after, committed),
  };
}

const unknownPerTransaction = Object.freeze({
  walBytes: null,
  walRecords: null,
  walFullPages: null,
  deadTuples: null,
  buffersHit: null,
  buffersRead: null,
  functionUs: null,
  hotShare: null,
  tableBytesGrown: null,
  indexBytesGrown: null,
});
