/** What a verdict is made of: all that was measured and checked of a run. */
import type { InvariantResult } from "../invariants/no-rows.ts";
import type { Overload } from "../metrics/overload.ts";
import type { Threshold } from "../metrics/thresholds/threshold-text.ts";
import type { Measurements } from "../metrics/thresholds/thresholds.ts";
import type { GatedFault } from "./gated.ts";

export interface FaultResult extends GatedFault {
  /** What the server had in memory was lost by it. */
  readonly crashes: boolean;
  /** Null: it could not be told. */
  readonly effective: boolean | null;
  /** What was seen, with the figures. */
  readonly evidence: string;
  /** A side task, which was to be done within the run. */
  readonly isTask: boolean;
  /** What is left of it, and how to undo it by hand; null: nothing is. */
  readonly undoProblem: string | null;
}

export interface JudgeInput {
  readonly sessions: number;
  readonly measurements: Measurements;
  /** Those that apply to the run. */
  readonly thresholds: readonly Threshold[];
  readonly faults: readonly FaultResult[];
  readonly invariants: readonly InvariantResult[];
  /** Why the latencies are the generator's own; sentences that continue "the bottleneck: …". */
  readonly generatorDoubts: readonly string[];
  /** Nobody looked at the server or the generator while it ran. */
  readonly isUnobserved: boolean;
  /** Connections were dropped, and there is no ledger that tells what became of their commits. */
  readonly commitsUnchecked: boolean;
  /** Open loop: more was offered than was served. */
  readonly overload: (Overload & { readonly offeredPerSecond: number }) | null;
  /** Why the run is no evidence, whatever was measured; sentences. */
  readonly doubts: readonly string[];
  /** What stopped the run before its end. */
  readonly signal: "SIGINT" | "SIGTERM" | null;
}
