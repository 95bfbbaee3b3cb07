/** A run of which every section has something to say, and nothing good. */
import type { RunResult } from "../../src/run/result.ts";
import { impact } from "./impact.ts";
import { noLatency, someLatency } from "./latencies.ts";
import { operation, quietRun } from "./run-result.ts";
import { someActivity } from "./server-activity.ts";

function mean(us: number) {
  return { ...noLatency, mean: us };
}

/** A run of which every section has something to say, and nothing good. */
export const loudRun: RunResult = {
  ...quietRun,
  serverActivity: someActivity,
  verdict: {
    status: "fail",
    exitCode: 96,
    reasons: ["the invariant no-doubles is broken: 3 rows", "latency: max < 1s does not hold"],
  },
  transactions: { ...quietRun.transactions, aborted: 2, unknown: 1, retries: 1_500 },
  operations: {
    "replace-references": {
      ...operation,
      censored: 4,
      failed: { count: 3, latencyUs: someLatency },
      errors: { "40001": 1_500, "55P03": 2 },
      errorMessages: { "40001": "could not serialize access\n  due to concurrent update" },
    },
    "read|document": {
      ...operation,
      errors: { "40001": 1 },
      errorMessages: { "40001": "another message" },
    },
  },
  gates: {
    cores: { capacity: 3, visits: 24_690, waitUs: noLatency, holdUs: mean(20_000), queueMax: 0 },
    "schema-lock": {
      capacity: 1,
      visits: 12_345,
      waitUs: { ...someLatency, mean: 150_000 },
      holdUs: mean(19_500),
      queueMax: 1_150,
    },
    idle: { capacity: 2, visits: 0, waitUs: noLatency, holdUs: noLatency, queueMax: 0 },
  },
  windows: (["baseline", "fault"] as const).map((name, index) => ({
    name,
    fault: "pool-limit",
    startMs: index * 10_000,
    endMs: (index + 1) * 10_000,
    perSecond: 100.5,
    latencyUs: someLatency,
    poolWaitUs: { ...noLatency, mean: 5_000 },
  })),
  concurrency: {
    ...quietRun.concurrency,
    poolWaitUs: { ...someLatency, mean: 150_000 },
  },
  connections: {
    reconnects: 7,
    reconnectLostUs: 3_500_000,
    reconnectErrors: { "57P01": 7 },
    sessionsLost: 2,
  },
  locks: {
    samples: 80,
    waiting: { mean: 2, max: 5 },
    deadlocks: 2,
    edges: Array.from({ length: 9 }, (_, index) => ({
      blocked: "replace-references",
      blocker: `blocker-${index}`,
      mode: "ShareLock",
      relation: "unknown",
      count: 9 - index,
      ageMsMax: 100,
      lockType: "transactionid",
      blockerStates: { active: 1 },
    })),
  },
  waits: [
    { type: "Lock", event: "transactionid", samples: 75 },
    { type: null, event: "running", samples: 25 },
  ],
  faults: [
    {
      name: "pool-limit",
      text: "pool-limit:max=6@10s",
      radius: "session",
      parameters: { max: 6 },
      startMs: 10_000,
      endMs: 20_000,
      effective: true,
      evidence: "at most 6 busy sessions",
      undone: true,
      undoProblem: null,
      task: null,
      debt: null,
      releasedMs: 19_990,
      impact,
    },
    {
      name: "autovacuum-pause",
      text: "autovacuum-pause",
      radius: "database",
      parameters: {},
      startMs: 0,
      endMs: 20_000,
      effective: false,
      evidence: "3 vacuums in the fault",
      undone: false,
      undoProblem: "item still has autovacuum_enabled=false",
      task: null,
      debt: null,
      releasedMs: 20_001,
      impact: null,
    },
  ],
  thresholds: [
    {
      expression: "latency: max < 1s",
      actual: 2,
      unit: "s",
      ok: false,
      judged: "fail",
      problem: "latency: max < 1s does not hold",
      note: "",
    },
    {
      expression: "latency: p(99.9) < 1s",
      actual: null,
      unit: "s",
      ok: false,
      judged: "unknown",
      problem: "too few",
      note: "judged in the baseline: crash may end transactions on purpose",
    },
  ],
  invariants: [
    { name: "no-doubles", ok: false, evidence: "3 rows" },
    { name: "no-orphans", ok: true, evidence: "Every row has a parent." },
  ],
  host: { cores: 2, busyCores: 1.934, serverCores: 1.55, generatorCores: 0.21 },
  generator: {
    ...quietRun.generator,
    cpuShare: 0.934,
    runQueueShare: 0.125,
    threads: [
      { cores: 1, cpuShare: 0.2, runQueueShare: 0.05 },
      { cores: 1, cpuShare: 0.934, runQueueShare: 0.125 },
    ],
    scheduleLagUs: someLatency,
    doubts: ["it used 93 % of the core of one of its threads"],
    saturated: true,
  },
  crossCheck: {
    kind: "differs",
    counted: 14_200,
    server: 12_345,
    tolerance: 142,
    committed: 1,
    serverCommits: 1,
  },
  steadiness: { kind: "drifting", figure: "throughput", change: -0.23, p: 0.001 },
  calibration: {
    schema: "loadgen.calibration/1",
    at: "2026-01-02T03:04:05.000Z",
    machine: quietRun.machine,
    steps: [
      { sessions: 1, perSecond: 20_000, cpuUs: 30.51 },
      { sessions: 100, perSecond: 61_234, cpuUs: 16.2 },
      { sessions: 1_000, perSecond: 58_000, cpuUs: 17 },
    ],
  },
  equalRuns: { count: 3, min: 64, median: 70.5, max: 86 },
  keptDatabase: "loadgen_run_1",
};
