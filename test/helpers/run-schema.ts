/** `loadgen.run/1` as its contract has it: what users' scripts rely on. More fields may stand beside. */
import { z } from "zod";
import { activitySchema } from "./activity-schema.ts";
import { soaked, task } from "./task-schema.ts";
import { explainSchema } from "./explain-schema.ts";
import { impact } from "./impact-schema.ts";

const count = z.int().min(0);
const microseconds = count.nullable();

const latency = z.object({
  mean: microseconds,
  p50: microseconds,
  p90: microseconds,
  p95: microseconds,
  p99: microseconds,
  p99_9: microseconds,
  max: microseconds,
});

const spread = z.object({ mean: z.number().min(0), max: count });
const perTransaction = z.number().min(0).nullable();

const perSecond = z.number().min(0);

const transactions = z.object({
  committed: count,
  aborted: count,
  unknown: count,
  retries: count,
  late: count,
  perSecond,
  latencyUs: latency,
});

const operation = z.object({
  count,
  perSecond,
  censored: count,
  neverStarted: count,
  latencyUs: latency,
  serviceUs: latency,
  queueWaitUs: latency,
  histogram: z.string().regex(/^HISTF/),
  serviceHistogram: z.string().regex(/^HISTF/),
  poolWaitHistogram: z.string().regex(/^HISTF/),
  failed: z.object({ count, latencyUs: latency }),
  attempts: z.object({
    count,
    failed: count,
    perSecond,
    wastedUs: count,
    firstUs: latency,
    toSuccessUs: latency,
  }),
  errors: z.record(z.string(), z.int().min(1)),
  errorMessages: z.record(z.string(), z.string().min(1).max(300)),
});

const gate = z.object({
  capacity: z.int().min(1),
  visits: count,
  waitUs: latency,
  holdUs: latency,
  queueMax: count,
});

const window = z.object({
  name: z.enum(["baseline", "fault", "recovery"]),
  fault: z.string(),
  startMs: count,
  endMs: count,
  perSecond,
  latencyUs: latency,
});

const fault = z.object({
  name: z.string(),
  parameters: z.record(z.string(), z.union([z.number(), z.string()])),
  startMs: count.nullable(),
  releasedMs: count.nullable(),
  endMs: count.nullable(),
  // Null: it is no side task.
  task: task.nullable(),
  // Null: it never came.
  impact: impact.nullable(),
  effective: z.boolean().nullable(),
  evidence: z.string().min(1),
  undone: z.boolean(),
});

const plan = z.object({
  scenario: z.string(),
  system: z.string().nullable(),
  variant: z.string().nullable(),
  engine: z.enum(["pg", "k6"]),
  driver: z.enum(["lean", "plain"]),
  workers: z.int().min(1),
  seed: z.int(),
  sessions: z.int().min(1),
  durationMs: count.nullable(),
  transactionsPerSession: z.int().nullable(),
  rate: z.number().positive().nullable(),
  arrivals: z
    .strictObject({
      distribution: z.enum(["poisson", "constant"]),
      rateAtEnd: z.number().positive(),
    })
    .nullable(),
  poolMax: z.int().nullable(),
  driverSockets: z.object({ count: z.int(), overheadMs: z.number() }).nullable(),
  isolation: z.enum(["read-committed", "repeatable-read", "serializable"]),
  faults: z.array(z.string()),
});

const concurrency = z.object({
  connectionsUsed: count,
  busySessions: spread,
  activeSessions: spread,
  idleInTransaction: spread,
  connectionsInUseMax: count,
  backendsMax: count,
  poolWaitUs: z.object({ p50: microseconds, p99: microseconds }),
});

const locks = z.object({
  samples: count,
  waiting: spread,
  deadlocks: count.nullable(),
  edges: z.array(
    z.object({
      blocked: z.string(),
      blocker: z.string(),
      mode: z.string(),
      relation: z.string(),
      count: z.int().min(1),
    }),
  ),
});

const share = z.number().min(0);

const threads = z
  .array(
    z.object({
      cores: z.int().min(1),
      cpuShare: share.nullable(),
      runQueueShare: share.nullable(),
    }),
  )
  .min(1);

const generator = z
  .object({
    cpuUsPerTransaction: count.nullable(),
    cpuShare: share.nullable(),
    runQueueShare: share.nullable(),
    threads,
    eventLoopDelayUs: latency,
    ownDelayUs: latency.nullable(),
    scheduleLagUs: latency,
    garbageCollection: z.object({ pauses: count, totalUs: count, maxUs: microseconds }),
    rssBytesMax: z.int().min(1).nullable(),
    doubts: z.array(z.string().min(1)),
    saturated: z.boolean(),
  })
  .refine(({ doubts, saturated }) => saturated === doubts.length > 0);

const cores = z.number().min(0);

const host = z.object({
  cores: z.int().min(1),
  busyCores: cores,
  serverCores: cores,
  generatorCores: cores,
});

const counts = z.object({ counted: count, server: z.int(), tolerance: count });

const crossCheck = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("skipped"), why: z.string().min(1) }),
  counts.extend({ kind: z.literal("agrees") }),
  counts.extend({ kind: z.literal("differs") }),
]);

const figure = z.enum(["throughput", "mean latency"]);
const trend = z.object({ figure, change: z.number(), p: z.number().min(0).max(1) });

const steadiness = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("not-judged"), why: z.string().min(1) }),
  z.object({ kind: z.literal("too-short"), figure, needed: count, count }),
  trend.extend({ kind: z.literal("steady") }),
  trend.extend({ kind: z.literal("drifting") }),
]);

const offered = z.object({
  due: count,
  perSecond,
  neverStarted: count,
  waitingMax: count,
  waitingAtEnd: count,
  queueWaitUs: latency,
});

const calibration = z.object({
  schema: z.literal("loadgen.calibration/1"),
  at: z.iso.datetime(),
  steps: z.array(z.object({ sessions: z.int().min(1), perSecond, cpuUs: z.number().min(0) })),
});

const equalRuns = z.object({
  count: z.int().min(1),
  min: perSecond,
  median: perSecond,
  max: perSecond,
});

const ledger = z.object({
  rows: count,
  acknowledged: count,
  lost: count,
  doubled: count,
  refusedButThere: count,
  unplanned: count,
  unknown: z.object({ committed: count, rolledBack: count }),
});

export const runSchema = z.object({
  schema: z.literal("loadgen.run/1"),
  loadgen: z.string().regex(/^\d+\.\d+\.\d+/),
  verdict: z.object({
    status: z.enum(["pass", "fail", "invalid", "unknown"]),
    exitCode: z.int(),
    reasons: z.array(z.string().min(1)).min(1),
  }),
  plan,
  server: z.object({
    version: z.string().regex(/^\d+(\.\d+)?$/),
    settings: z.record(z.string(), z.string()),
    systemIdentifier: z.string().regex(/^\d+$/).nullable(),
  }),
  engine: z.strictObject({
    name: z.enum(["pg", "k6"]),
    version: z.string().min(1),
    driver: z.string().min(1),
    protocol: z.string().min(1),
    clock: z.string().min(1),
  }),
  transactions: transactions.extend({ lengthMs: count, warmup: transactions }),
  operations: z.record(z.string(), operation),
  // Empty unless the scenario models a service.
  gates: z.record(z.string(), gate),
  stores: z.record(
    z.string(),
    z.strictObject({
      asked: count,
      hits: count,
      stale: count,
      remembered: count,
      heard: count,
      told: count,
      emptied: count,
      entries: count,
      bytes: count,
    }),
  ),
  windows: z.array(window),
  concurrency,
  connections: z.object({
    reconnects: count,
    reconnectLostUs: count,
    reconnectErrors: z.record(z.string(), z.int().min(1)),
    sessionsLost: count,
  }),
  locks,
  // Null: nobody observed.
  beside: z
    .object({
      samples: count,
      waits: z.array(z.object({ application: z.string(), event: z.string(), samples: count })),
      vacuums: z.array(z.object({ table: z.string(), phases: z.record(z.string(), count) })),
    })
    .nullable(),
  waits: z.array(
    z.object({ type: z.string().nullable(), event: z.string(), samples: z.int().min(1) }),
  ),
  soak: z.array(soaked),
  faults: z.array(fault),
  thresholds: z.array(
    z.object({ expression: z.string(), actual: z.number().nullable(), ok: z.boolean() }),
  ),
  invariants: z.array(
    z.object({ name: z.string(), ok: z.boolean().nullable(), evidence: z.string() }),
  ),
  // Null: the run kept none, or the server was gone.
  ledger: ledger.nullable(),
  serverPerTransaction: z.object({
    walBytes: perTransaction,
    walRecords: perTransaction,
    walFullPages: perTransaction,
    deadTuples: perTransaction,
    buffersHit: perTransaction,
    buffersRead: perTransaction,
    functionUs: perTransaction,
    hotShare: z.number().min(0).max(1).nullable(),
    // Below 0: it shrank.
    tableBytesGrown: z.number().nullable(),
    indexBytesGrown: z.number().nullable(),
  }),
  // Null: the server was gone.
  serverActivity: activitySchema.nullable(),
  // Null: the server is elsewhere, or the system does not tell.
  host: host.nullable(),
  observer: z.object({ cpuUsPerSecond: count.nullable(), samples: count, missed: count }),
  generator,
  crossCheck,
  steadiness,
  // Null in a closed loop.
  offered: offered.nullable(),
  calibration: calibration.nullable(),
  // Null without --explain.
  explain: explainSchema.nullable(),
  noiseKey: z.string().regex(/^[0-9a-f]{16}$/),
  equalRuns: equalRuns.nullable(),
  digest: z.object({ decisions: z.string().regex(/^sha256:[0-9a-f]{64}$/) }),
  // Beside the contract, as far as tests ask for it.
  keptDatabase: z.string().nullable(),
});

export type RunJson = z.infer<typeof runSchema>;
