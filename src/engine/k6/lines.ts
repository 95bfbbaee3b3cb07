/**
 * What a session leaves: one line of JSON once it has ended. Lines of several processes are put
 * together exactly: counts add up. Each is sealed, for it may pass through logs that cut lines.
 */
import type { FateArrays } from "../../core/fates.ts";
import type { Phase } from "../../core/random.ts";
import type { TallyJson } from "../../metrics/tally-parts.ts";
import type { Progress } from "./progress.ts";

/** A stretch of a session's measured time, between two moments that are the same for all sessions. */
export interface SlotJson extends Readonly<Progress> {
  /** Its number: times `slotMs` of the setting, on the run's clock. */
  readonly slot: number;
  /** How many edges of windows were before it: an edge ends a slot, too. */
  readonly cuts: number;
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
  /** As the setting has it. */
  readonly run: string;
  readonly session: number;
  /** The execution segment of the k6 that drove it: those of one have one clock. "": there is one alone. */
  readonly runner: string;
  /** When the measured time began, by the clock of that machine, in ms since 1970. */
  readonly zeroAtMs: number;
  /** When the session was connected, on the run's clock: before the load begins, if all goes well. */
  readonly connectedUs: number;
  /** When the session was done with all its transactions, on the run's clock. */
  readonly endedUs: number;
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
  readonly run: string;
  /** Null: before it knew which one it is. */
  readonly session: number | null;
  readonly message: string;
  readonly stack: string;
}

/** A session that could not connect. */
export interface FailedLine {
  readonly loadgen: "failed/1";
  readonly run: string;
  readonly session: number;
  readonly code: string;
  readonly message: string;
}

export type Line = SessionLine | BugLine | FailedLine;

/** What every line begins with, wherever in a log it stands. */
export const lineStart = '{"loadgen":"';

/** `hash`: SHA-256 in hexadecimal digits. */
export function sealed(line: Line, hash: (text: string) => string): string {
  const text = JSON.stringify(line);
  return `${text.slice(0, -1)},"seal":"${hash(text)}"}`;
}

/** Null: it is not as it was written. */
export function unsealed(text: string, hash: (text: string) => string): Line | null {
  const [, body, seal] = /^(.*),"seal":"([0-9a-f]{64})"\}$/.exec(text) ?? [];
  if (body === undefined || hash(`${body}}`) !== seal) return null;
  return JSON.parse(`${body}}`) as Line;
}
