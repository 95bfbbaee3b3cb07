/**
 * What a thread that drives sessions used and suffered: a thread that has no time measures itself,
 * not the server. What the machine did to it, by giving its cores to others, is told apart.
 */
import type { Histogram } from "../metrics/histogram.ts";

export interface ThreadHealth {
  readonly lengthMs: number;
  /** How many it may use: 1, or more where another process stands for a thread. */
  readonly cores: number;
  /**
   * This thread's user and system time; where it cannot be told apart (no /proc), the process's. Null:
   * that of another process, which the system does not tell.
   */
  readonly cpuUs: number | null;
  /** How long it was ready to run and had no core; null where the system does not tell. */
  readonly runQueueUs: number | null;
  /** By how much the event loop was late for a probe every `probeIntervalMs`, in us. */
  readonly loopLag: Histogram;
  /** What of it waiting for a core does not explain; null with `runQueueUs`. */
  readonly ownLag: Histogram | null;
  /** Garbage collection: how long each kept the thread from its work, in us. */
  readonly gcPauses: Histogram;
}
