/** Reads the plan of an earlier run, for --repeat. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { type Parsed, parsed, rejected } from "../core/parsed.ts";
import type { Plan } from "../core/plan.ts";

const option = z.union([
  z.boolean(),
  z.number(),
  z.string(),
  z.null(),
  z.record(z.string(), z.number()),
]);
const ms = z.number().min(0);

const fixtureFiles = z.object({
  folder: z.string(),
  sha256: z.string(),
  tables: z.record(
    z.string(),
    z.object({
      path: z.string(),
      columns: z.array(z.string()),
      rows: z.int(),
      bytes: z.int(),
      sha256: z.string(),
    }),
  ),
});

const planFields = z.object({
  schema: z.literal("loadgen.plan/1"),
  scenario: z.string(),
  options: z.record(z.string(), option),
  system: z.string().nullable(),
  variant: z.string().nullable(),
  fixture: z.record(z.string(), z.number()).nullable(),
  fixtureFiles: fixtureFiles.nullable().default(null),
  payloads: z.object({ path: z.string(), text: z.string() }).nullable().default(null),
  engine: z.enum(["pg", "k6"]),
  k6: z.string().nullable().default(null),
  // These came later: plans stored before are of runs that had them so.
  driver: z.enum(["lean", "plain"]).default("plain"),
  workers: z.int().min(1).default(1),
  seed: z.int(),
  sessions: z.int().min(1),
  durationMs: ms.nullable(),
  transactionsPerSession: z.int().nullable(),
  rate: z.number().positive().nullable(),
  arrivals: z
    .object({
      distribution: z.enum(["poisson", "constant"]),
      rateAtEnd: z.number().positive(),
      gapMillionths: z.array(z.int().min(0)).min(1),
    })
    .nullable()
    .default(null),
  strategies: z.record(z.string(), z.string()).default({}),
  warmupMs: ms,
  thinkMs: z.tuple([ms, ms]),
  holdMs: ms,
  isolation: z.enum(["read-committed", "repeatable-read", "serializable"]),
  poolMax: z.int().nullable(),
  connectionsEach: z.int().min(1).default(1),
  driverSockets: z
    .object({ count: z.int().min(1), overheadMs: ms })
    .nullable()
    .default(null),
  timeoutMs: ms,
  graceMs: ms,
  statementTimeoutMs: ms,
  lockTimeoutMs: ms,
  faults: z.array(
    z.object({
      text: z.string(),
      name: z.string(),
      parameters: z.record(z.string(), z.union([z.number(), z.string()])),
      startMs: ms.nullable(),
      lengthMs: ms.nullable(),
      endsByItself: z.literal(true).optional(),
    }),
  ),
  allowChaosOn: z.string().nullable(),
  thresholds: z.array(z.object({ source: z.string(), metric: z.string(), expression: z.string() })),
  url: z.string().nullable(),
  existing: z.boolean(),
  ledger: z.boolean().default(false),
  explain: z.boolean().default(false),
  keep: z.boolean(),
});

const planSchema: z.ZodType<Plan> = planFields.refine(
  ({ rate, arrivals }) => (rate === null) === (arrivals === null),
  {
    path: ["rate"],
    message: "expected arrivals where there is a rate, and none where there is none",
  },
);

export async function repeatedPlan(folder: string): Promise<Parsed<Plan>> {
  const plan = await planIn(folder);
  return plan.ok ? plan : rejected(...plan.problems.map((problem) => `--repeat: ${problem}`));
}

/** The plan of a run, from its folder. */
export async function planIn(folder: string): Promise<Parsed<Plan>> {
  const path = join(folder, "plan.json");
  try {
    const read = planSchema.safeParse(JSON.parse(await readFile(path, "utf8")));
    if (read.success) return parsed(read.data);
    const problems = read.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`);
    return rejected(...problems.map((problem) => `${path}: ${problem}`));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return rejected(`expected a run's folder with a plan.json: ${why}`);
  }
}
