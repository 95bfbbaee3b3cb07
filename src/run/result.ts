/** run.json, schema loadgen.run/1, for those who read it; run-result.ts puts it together. */
import type { Remembrance } from "./equal-runs.ts";
import type { GatheredResult, RunFigures } from "./run-result.ts";

/** Of a run that this machine drove. */
export type RunResult = RunFigures & Remembrance;

export type AnyResult = RunResult | GatheredResult;
