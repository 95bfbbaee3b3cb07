/** What a fault did to the sessions, in `loadgen.run/1`. */
import { z } from "zod";

const count = z.int().min(0);
const microseconds = count.nullable();
const perSecond = z.number().min(0);

const ratio = z.number().min(0).nullable();
const codes = z.record(z.string(), z.int().min(1));

const figures = { perSecond, p50Us: microseconds, tailUs: microseconds };

const compared = z.strictObject({
  ...figures,
  throughputRatio: ratio,
  p50Ratio: ratio,
  tailRatio: ratio,
  reconnects: count,
  sessionLostMs: count,
  errors: z.strictObject({ sqlstate: codes, transport: codes, refused: codes }),
  reconnectErrors: codes,
});

export const impact = z.strictObject({
  tail: z.enum(["p99", "p95", "p90", "p50"]).nullable(),
  baseline: z.strictObject(figures).nullable(),
  fault: compared,
  recovery: compared.nullable(),
  felt: z.discriminatedUnion("state", [
    z.strictObject({ state: z.literal("felt"), afterMs: count }),
    z.strictObject({ state: z.literal("never") }),
    z.strictObject({ state: z.literal("unknown") }),
  ]),
  recovered: z.discriminatedUnion("state", [
    z.strictObject({ state: z.literal("recovered"), afterMs: count }),
    z.strictObject({ state: z.literal("not-recovered"), withinMs: count }),
    z.strictObject({
      state: z.literal("unknown"),
      why: z.enum(["no-baseline", "ramp", "too-few", "too-short"]),
    }),
  ]),
});
