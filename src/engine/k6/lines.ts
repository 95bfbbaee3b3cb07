/**
 * What a session leaves: one line of JSON once it has ended. Lines of several processes are put
 * together exactly: counts add up.
 */
import type { FateArrays } from "../../core/fates.ts";
import type { Phase } from "../../core/random.ts";
import type { TallyJson } from "../../metrics/tally-parts.ts";

/** A stretch of a session's measured time, between two moments that are the same for all sessions. */
export interface SlotJson {
  /** Its number: times `slotMs` of the setting, on the run's clock. */
  readonly slot: number;
  /** How many edges of windows were before it: an edge ends a slot, too. */
  readonly cuts: number;
  readonly started: number;
  readonly committed: number;
  readonly aborted: number;
  readonly unknown: number;
  readonly retries: number;
  readonly errors: number;
  /** Of committed transactions, in microseconds: each time that there was, and how often. */
  readonly latencies: readonly (readonly [us: number, count: number])[];
}

/** What may be left of a key, as far as this session knows. Its value is drawn again where it is asked for. */
export interface WriteJson {
  readonly key: string;
  readonly ended: readonly EndedJson[];
}

/** On the run's clock, in whole microseconds: k6 2.2 and before write one fraction in ten thousand wrongly. */
interface EndedJson {
  readonly phase: Phase;
  readonly number: number;
  readonly beganUs: number;
  readonly acknowledgedUs: number | null;
}

/** Of an open loop: which arrivals of the measured time a session has taken. */
export interface ArrivalsJson {
  /** Above the last one that it began, or counted as never started. */
  readonly begunBelow: number;
  /** The one that it took and did not begin, since the run ended before it was due. */
  readonly left: number | null;
}

export interface SessionLine {
  readonly loadgen: "session/1";
  readonly session: number;
  readonly digest: string;
  readonly warmup: TallyJson;
  /** Of the measured time: one before each cut, and one after the last. */
  readonly parts: readonly TallyJson[];
  readonly slots: readonly SlotJson[];
  /** Null: there is no ledger. */
  readonly fates: Readonly<Record<keyof FateArrays, readonly number[]>> | null;
  readonly writes: readonly WriteJson[];
  /** Null: a closed loop. */
  readonly arrivals: ArrivalsJson | null;
  /** As in the report of a crew. */
  readonly transactionsEnded: number;
  readonly lostConnections: number;
}

/** A session that ended by a bug. */
export interface BugLine {
  readonly loadgen: "bug/1";
  /** Null: before it knew which one it is. */
  readonly session: number | null;
  readonly message: string;
  readonly stack: string;
}

export type Line = SessionLine | BugLine;
