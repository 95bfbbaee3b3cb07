/** What run.json has of the operations' plans. */
import { z } from "zod";

const count = z.int().min(0);

const taken = z.object({
  timeUs: count,
  buffersHit: count,
  buffersRead: count,
  walBytes: count,
  walRecords: count,
});

export const explainSchema = z.record(
  z.string(),
  z.object({
    before: taken.nullable(),
    after: taken.nullable(),
    planChanged: z.array(z.string()).nullable(),
    problems: z.array(z.string()),
  }),
);
