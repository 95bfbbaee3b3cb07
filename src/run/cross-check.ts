/**
 * One number from the server, beside our own: the transactions that it ended in the run's database,
 * by pg_stat_database, against those that the sessions saw end, by their connections' ReadyForQuery.
 * Pure.
 */
import { countText } from "../core/counted.ts";
import type { CounterSnapshot } from "../observe/counters.ts";

export type CrossCheck =
  | { readonly kind: "skipped"; readonly why: string }
  | {
      readonly kind: "agrees" | "differs";
      /** Ended on the sessions' connections, one for each connection's start included. */
      readonly counted: number;
      /** By the server, the observers' own subtracted. */
      readonly server: number;
      /** By so many the two may differ. */
      readonly tolerance: number;
    };

export interface CrossCheckInput {
  /** Other clients may work in it. */
  readonly isShared: boolean;
  readonly before: CounterSnapshot;
  /** Null: the server was gone. */
  readonly after: CounterSnapshot | null;
  readonly counted: number;
  readonly observersOwn: number;
  /** SQLSTATEs of all failures. */
  readonly codes: readonly string[];
}

/**
 * What else ends transactions there is not counted one by one: autovacuum, which takes several for
 * a table, and our own questions before, between and after.
 */
const toleranceShare = 0.01;
const toleranceMin = 100;

/** crash_shutdown: the server forgets its statistics when a backend of its dies. */
const crashCode = "57P02";

export function crossCheck(input: CrossCheckInput): CrossCheck {
  const { before, after, counted, observersOwn } = input;
  const why = reasonToSkip(input);
  const started = endedIn(before);
  const ended = after === null ? null : endedIn(after);
  if (why !== null || started === null || ended === null) {
    return { kind: "skipped", why: why ?? "pg_stat_database could not be read" };
  }
  const server = ended - started - observersOwn;
  const tolerance = Math.round(Math.max(toleranceMin, counted * toleranceShare));
  const kind = Math.abs(server - counted) <= tolerance ? "agrees" : "differs";
  return { kind, counted, server, tolerance };
}

/** Why a run is no evidence whose transactions are not the server's: a sentence, or none. */
export function crossCheckDoubts(check: CrossCheck): string[] {
  if (check.kind !== "differs") return [];
  const { server, counted: own, tolerance } = check;
  return [
    `the server ended ${countText(server)} transactions in the run's database, where loadgen counted ${countText(own)}: expected a difference of at most ${countText(tolerance)}`,
  ];
}

function reasonToSkip({ isShared, before, after, codes }: CrossCheckInput): string | null {
  if (after === null) return "the server was gone";
  if (isShared) return "other clients may have worked in this database";
  if (codes.includes(crashCode)) return "the server crashed, and with it went its statistics";
  if (before.database?.stats_reset !== after.database?.stats_reset) {
    return "the server's statistics were reset meanwhile";
  }
  return null;
}

function endedIn({ database }: CounterSnapshot): number | null {
  const [commits, rollbacks] = [database?.xact_commit, database?.xact_rollback];
  return typeof commits === "number" && typeof rollbacks === "number" ? commits + rollbacks : null;
}
