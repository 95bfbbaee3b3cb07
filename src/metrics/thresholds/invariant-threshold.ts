/** Judges `hold` by what was found in the data after a run. What was not checked does not hold. Pure. */
import type { Metric } from "./threshold-metric.ts";

/** One invariant, as it was checked. */
export interface CheckedInvariant {
  readonly name: string;
  /** Null: it could not be checked. */
  readonly ok: boolean | null;
  readonly evidence: string;
}

export interface InvariantReading {
  readonly judged: "pass" | "fail" | "no-data";
  /** What is not well, to follow the expression; empty if nothing is. */
  readonly problem: string;
}

/** One for each invariant that is asked for. */
export function invariantReadings(
  { invariant }: Metric,
  invariants: readonly CheckedInvariant[],
): InvariantReading[] {
  return invariants
    .filter(({ name }) => invariant === null || name === invariant)
    .map(({ name, ok, evidence }) => {
      if (ok === true) return { judged: "pass", problem: "" };
      return ok === false
        ? { judged: "fail", problem: ` does not hold: ${name}: ${evidence}` }
        : { judged: "no-data", problem: `: ${name} was not checked: ${evidence}` };
    });
}
