/** What tests expect of run.json's `serverActivity`, as far as they ask for it. */
import { z } from "zod";

const count = z.int().min(0);

export const activitySchema = z.object({
  gaps: z.array(z.string()),
  missing: z.array(
    z.strictObject({ part: z.string(), code: z.string(), why: z.string(), advice: z.string() }),
  ),
  statements: z.object({ top: z.array(z.object({ query: z.string(), calls: count })) }).nullable(),
  functions: z.array(z.object({ function: z.string(), calls: count })).nullable(),
  tables: z.array(z.object({ table: z.string(), children: count })).nullable(),
  indexes: z.array(z.object({ index: z.string(), scans: count })).nullable(),
  partitions: z.array(z.object({ table: z.string() })),
});
