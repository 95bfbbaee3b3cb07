/** What run.json has of a side task, and of a table over its vacuum cycles. */
import { z } from "zod";

const count = z.int().min(0);

export const task = z.strictObject({
  outcome: z.enum(["done", "failed", "not finished"]),
  tookMs: count,
  sqlstate: z.string().nullable(),
  message: z.string().nullable(),
  blockedMax: count,
});

const level = z.strictObject({
  kind: z.enum(["levels-off", "grows"]),
  level: z.number().min(0),
  growth: z.number(),
});

export const soaked = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("not-judged"),
    table: z.string(),
    cycles: count,
    needed: count,
    vacuums: count,
    deadTuplesFirst: count,
    deadTuplesLast: count,
  }),
  z.strictObject({
    kind: z.literal("judged"),
    table: z.string(),
    cycles: z.int().min(3),
    deadTuples: level,
    tableBytes: level,
    indexBytes: level,
  }),
]);
