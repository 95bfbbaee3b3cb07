/**
 * One number from the server, beside our own: the transactions that it ended in the run's database,
 * by pg_stat_database, against those that the sessions saw end, by their connections' ReadyForQuery.
 * Pure.
 */
import { countText } from "../core/counted.ts";
import type { CounterSnapshot } from "../observe/snapshots/counters.ts";
import { difference } from "../observe/tables.ts";

export type CrossCheck =
  | { readonly kind: "skipped"; readonly why: string }
  | {
      readonly kind: "agrees" | "differs";
      /** Ended on the sessions' connections, one for each connection's start included. */
      readonly counted: number;
      /** By the server, those of observers and faults subtracted. */
      readonly server: number;
      /** By so many the server's may be the larger one. */
      readonly tolerance: number;
      /** Reported as committed, the warm-up included: never more than the server committed. */
      readonly committed: number;
      readonly serverCommits: number;
    };

export interface CrossCheckInput {
  /** Other clients may work in it. */
  readonly isShared: boolean;
  /** The sessions went through a pooler. */
  readonly isPooled: boolean;
  /** Side tasks worked in it. */
  readonly hasTasks: boolean;
  readonly before: CounterSnapshot;
  /** Null: the server was gone. */
  readonly after: CounterSnapshot | null;
  readonly counted: number;
  /** Our own beside the sessions: those of observers and faults. */
  readonly ownBeside: number;
  /** Transactions reported as committed, those of the warm-up included. */
  readonly committed: number;
  /** Connections that went under their sessions: how their last transactions ended, those never saw. */
  readonly lostConnections: number;
  /** Each took a transaction of the connection that listened, at most. */
  readonly notificationsHeard: number;
  /** Codes of all failures, those to reconnect included. */
  readonly codes: readonly string[];
}

/**
 * Our own questions before, between and after are not counted one by one. Nor are those transactions in which
 * idle backends catch up with changes of the catalog (ProcessCatchupInterrupt in sinval.c): one each for
 * some two thousand messages of the server's, which DDL sends in any of its databases. Thirty idle ones had
 * 70 to 130 of them in 3 s while others created tables; no view of the server counts them, so where
 * somebody else changes schemas meanwhile, the check may say that it differs.
 */
const toleranceShare = 0.01;
const toleranceMin = 100;

/** crash_shutdown: the server forgets its statistics when a backend of its dies. */
const crashCode = "57P02";

export function crossCheck(input: CrossCheckInput): CrossCheck {
  const { before, after, counted, committed, ownBeside } = input;
  const skipped = reasonToSkip(input);
  const rise = after === null ? null : riseBetween(before, after);
  if (skipped !== null || rise === null) {
    return { kind: "skipped", why: skipped ?? "pg_stat_database could not be read" };
  }
  const server = rise.commits + rise.rollbacks - ownBeside;
  const unseen = Math.max(toleranceMin, Math.round(counted * toleranceShare));
  // What the server did by itself can only make its count the larger one.
  const { lostConnections, notificationsHeard } = input;
  const tolerance = unseen + lostConnections + notificationsHeard + ownOf(before, after);
  const agrees =
    committed <= rise.commits && server - counted <= tolerance && counted - server <= unseen;
  const kind = agrees ? "agrees" : "differs";
  return { kind, counted, server, tolerance, committed, serverCommits: rise.commits };
}

/** Why a run is no evidence whose transactions are not the server's: a sentence, or none. */
export function crossCheckDoubts(check: CrossCheck): string[] {
  if (check.kind !== "differs") return [];
  const { server, counted, tolerance, committed, serverCommits } = check;
  if (committed > serverCommits) {
    return [
      `loadgen reports ${countText(committed)} transactions as committed, but the server committed only ${countText(serverCommits)} in the run's database`,
    ];
  }
  return [
    `the server ended ${countText(server)} transactions in the run's database, where loadgen counted ${countText(counted)}: expected a difference of at most ${countText(tolerance)}`,
  ];
}

/**
 * Transactions of autovacuum, as far as they can be told: several for each table that it vacuums or
 * analyses (three were seen), of which only the vacuums are counted, and some to look around.
 */
const transactionsEachVacuum = 10;

function ownOf(before: CounterSnapshot, after: CounterSnapshot | null): number {
  if (before.tables === null || after === null || after.tables === null) return 0;
  const { autovacuums } = difference(before.tables.leaves, after.tables.leaves);
  return before.tables.leaves.length + transactionsEachVacuum * autovacuums;
}

function reasonToSkip(input: CrossCheckInput): string | null {
  const { isShared, isPooled, hasTasks, before, after, codes } = input;
  if (after === null) return "the server was gone";
  if (isPooled) return "a pooler has transactions of its own, to hand on who a session is";
  if (isShared) return "other clients may have worked in this database";
  if (hasTasks) {
    return "a side task has transactions of its own, which nobody counts: VACUUM and REINDEX CONCURRENTLY take several each";
  }
  const rise = riseBetween(before, after);
  const fell = rise !== null && (rise.commits < 0 || rise.rollbacks < 0);
  if (codes.includes(crashCode) || fell || before.startedAt !== after.startedAt) {
    return "the server crashed or was restarted, and its statistics may have gone with it";
  }
  if (before.database?.stats_reset !== after.database?.stats_reset) {
    return "the server's statistics were reset meanwhile";
  }
  return null;
}

interface Rise {
  readonly commits: number;
  readonly rollbacks: number;
}

function riseBetween(before: CounterSnapshot, after: CounterSnapshot): Rise | null {
  const rise = (column: "xact_commit" | "xact_rollback") => {
    const [from, to] = [before.database?.[column], after.database?.[column]];
    return typeof from === "number" && typeof to === "number" ? to - from : null;
  };
  const commits = rise("xact_commit");
  const rollbacks = rise("xact_rollback");
  return commits === null || rollbacks === null ? null : { commits, rollbacks };
}
