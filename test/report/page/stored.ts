/** Runs as their folders have them, without one: a loud one, with names that want to be markup. */
import type { CounterSnapshot } from "../../../src/observe/snapshots/counters.ts";
import type { RunFiles } from "../../../src/report/page/run-page.ts";
import type { RunSample } from "../../../src/run/listener.ts";
import type { AnyResult } from "../../../src/run/result.ts";
import { planWith } from "../../helpers/plan.ts";
import { noLatency, someLatency } from "../latencies.ts";
import { loudRun } from "../loud-run.ts";

/** Ends a script, if it is let to. */
export const hostile = `</script><img src=x onerror="alert('no')">&`;

export function sampleAt(second: number): RunSample {
  return {
    phase: second <= 0 ? "warmup" : "measured",
    atMs: second * 1000,
    offered: 100 + second,
    achieved: 100,
    waiting: null,
    committed: 99,
    aborted: 1,
    unknown: 0,
    errors: second % 7,
    retries: 2,
    latencyUs: second === 3 ? noLatency : someLatency,
    busySessions: 5,
    activeSessions: 4,
    waits: [
      { type: null, event: "running", count: 3 },
      { type: "Lock", event: "transactionid", count: 2 },
    ],
    lockEdges: [
      {
        blocked: hostile,
        blocker: "replace-references",
        mode: "ShareLock",
        lockType: "transactionid",
        relation: "dms.document",
        ageMs: 10,
        blockerState: "active",
      },
    ],
    oldestTransactionMs: 10,
    tables: null,
    faults: [],
  };
}

export function samplesOf(count: number): readonly RunSample[] {
  return Array.from({ length: count }, (_, index) => sampleAt(index - 4));
}

export function snapshot(factor: number): CounterSnapshot {
  const counts = {
    liveTuples: 10,
    deadTuples: 1,
    inserted: 100 * factor,
    updated: 5_000 * factor,
    hotUpdated: 0,
    deleted: 0,
    autovacuums: 0,
    vacuums: 0,
    tableBytes: 8192 * factor,
    indexBytes: 0,
    lastAutovacuum: null,
  };
  return {
    version: "18.4",
    takenAt: "2026-01-02T03:04:05.000Z",
    startedAt: "2026-01-01T00:00:00.000Z",
    database: { datid: 5 * factor, xact_commit: 1_000 * factor, deadlocks: 0, stats_reset: null },
    walPositionBytes: 1_000_000 * factor,
    wal: null,
    backgroundWriter: null,
    checkpointer: null,
    tables: { total: counts, byRoot: { "dms.reference": counts }, leaves: [] },
    missing: [],
  };
}

/** Of a run in which all happened that a page tells of. */
export function storedOf(run: AnyResult = loudRun): RunFiles {
  const counters = { before: snapshot(1), after: snapshot(2) };
  return { run, plan: planWith(), samples: samplesOf(25), ...counters, explained: null };
}
