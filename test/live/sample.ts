/** A second as a run tells it, for tests of what follows runs. */
import type { RunSample } from "../../src/run/listener.ts";

export function sampleAt(atMs: number, changes: Partial<RunSample> = {}): RunSample {
  const none = { count: 0, mean: null, p50: null, p90: null, p95: null, p99: null };
  return {
    phase: atMs <= 0 ? "warmup" : "measured",
    atMs,
    offered: 100,
    achieved: 90,
    waiting: null,
    committed: 90,
    aborted: 0,
    unknown: 0,
    errors: 0,
    retries: 0,
    latencyUs: { ...none, p99_9: null, max: null },
    busySessions: null,
    activeSessions: null,
    waits: [],
    lockEdges: [],
    oldestTransactionMs: null,
    tables: null,
    faults: [],
    ...changes,
  };
}
