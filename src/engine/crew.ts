/**
 * Who drives the sessions of a run: this thread alone, or several that are told what to do. A run
 * only ever speaks to a crew.
 */
import type { FateArrays } from "../core/fates.ts";
import type { ToldWrites } from "../core/last-writes.ts";
import type { Plan } from "../core/plan.ts";
import type { Context, Scenario } from "../core/scenario.ts";
import type { Address } from "../server/address.ts";
import type { Dialect } from "./dialect.ts";
import type { PartListener, Recording } from "./recording.ts";
import type { StoreCounts } from "./stores.ts";
import type { ThreadHealth } from "./thread-health.ts";

/** What a crew is put together from. */
export interface CrewOptions {
  readonly plan: Plan;
  readonly scenario: Scenario;
  readonly context: Context;
  /** The run's database, by way of whatever stands in front of it. */
  readonly address: Address;
  readonly dialect: Dialect;
}

/** What is known once all sessions have ended. */
export interface CrewReport {
  /** Of all decisions of the measured time. */
  readonly digest: string;
  /** The most connections that were ever in use at a time, in the sum of the threads. */
  readonly inUseMax: number;
  /**
   * That the server ended on these connections, by its own account (ReadyForQuery outside of a
   * transaction block), and one for each connection's start.
   */
  readonly transactionsEnded: number;
  /** Connections that were lost or dropped before the crew closed them. */
  readonly lostConnections: number;
  /** Of all that may be in the ledger, warm-up included; null: there is none. */
  readonly fates: FateArrays | null;
  /** What may be left of the scenario's writes, warm-up included. */
  readonly lastWrites: ToldWrites;
  /** What the sessions remembered. */
  readonly stores: readonly StoreCounts[];
  /** Sessions of which nobody knows what they did. */
  readonly untoldSessions: number;
  /** Why what is reported is not all that was done; sentences. */
  readonly doubts: readonly string[];
}

export interface Crew {
  /** Reads what the scenario draws from. Rejects with a Failure if it refuses, with a ServerError otherwise. */
  prepare(): Promise<void>;
  /**
   * Opens the connections that are to be open before the first transaction. Rejects with a ServerError,
   * or, where that takes long, with why the run is interrupted.
   */
  open(interrupted: AbortSignal): Promise<void>;
  /**
   * Lets the sessions loose; the measured time begins at `zeroMs` of performance.now(). Resolves
   * when every session has ended, rejects on a bug in one of them. `onLost` is called where they
   * ended because what drove them is gone: then nothing more is to be waited for.
   */
  drive(zeroMs: number, onLost: () => void): Promise<void>;
  /** At the start of the measured time: from now on the threads' health counts. */
  beginMeasuring(): Promise<void>;
  /** At its end: how each thread fared. */
  endMeasuring(): Promise<readonly ThreadHealth[]>;
  /** What the process that drives the sessions has of memory, or has had at most; null: the system does not tell. */
  memoryBytes(): number | null;
  /** User and system time, in us, of a process beside this one that drives the sessions; null: as above. */
  cpuUsBeside(): number | null;
  /** What the sessions report, from now on. */
  record(listener: PartListener): Recording;
  /** At most `max` connections may be in use at a time; null: no limit. */
  limit(max: number | null): void;
  /** No new transaction starts. */
  stop(): void;
  /** What still runs is dropped. */
  abandon(): void;
  /**
   * Once the sessions have ended, `lengthMs` after the start of the measured time: accounts for
   * arrivals that were due by then and never started. What it adds, the next cut has.
   */
  finish(lengthMs: number): Promise<CrewReport>;
  close(): Promise<void>;
}
