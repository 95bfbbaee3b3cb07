/** What a run tells while it goes on. Whoever listens prints it, or not; nothing waits for it. */
import type { LatencySummary } from "../metrics/latency.ts";
import type { Segment } from "../metrics/timeline.ts";
import type { LockEdge } from "../observe/locks.ts";
import type { TableCounts } from "../observe/tables.ts";

/** One second of the run; also a line of samples.ndjson. */
export interface RunSample {
  readonly phase: "warmup" | "measured";
  /** Since the measured time began, at the end of this second. */
  readonly atMs: number;
  /** Transactions since the sample before: started (open loop: due), and finished. */
  readonly offered: number;
  readonly achieved: number;
  /** Open loop: how many are due and have not started, since all sessions are busy; else null. */
  readonly waiting: number | null;
  readonly committed: number;
  readonly aborted: number;
  readonly unknown: number;
  readonly errors: number;
  readonly retries: number;
  readonly latencyUs: LatencySummary;
  /** As the server saw them last; null before the observer's first look. */
  readonly busySessions: number | null;
  readonly activeSessions: number | null;
  readonly waits: readonly {
    readonly type: string | null;
    readonly event: string;
    readonly count: number;
  }[];
  readonly lockEdges: readonly LockEdge[];
  /** Age of the oldest transaction of the run's sessions. */
  readonly oldestTransactionMs: number | null;
  /** By partition root, when they were read since the last sample (every two to ten seconds): else null. */
  readonly tables: Readonly<Record<string, TableCounts>> | null;
  readonly faults: readonly string[];
}

export interface RunListener {
  /** A phase begins, told as a sentence. */
  readonly phase: (text: string) => void;
  /** How far the loading of a fixture is: what, how much, of how much. */
  readonly progress: (what: string, done: number, total: number) => void;
  /** Something that the user should know, and that is no failure. */
  readonly note: (text: string) => void;
  readonly sample: (sample: RunSample) => void;
  /**
   * Every part of the measured time in turn, and what ended after it: together, all that was measured.
   * With k6 all of them come at the end. The tally is only the listener's until it returns.
   */
  readonly interval: (interval: Segment) => void;
}
