/** Judges `recovers within 10s` by how long the faults of a run were recovered from. Pure. */
import type { RecoveryUnknown, Recovered } from "../recovery.ts";
import { steadyMs } from "../recovery.ts";
import type { Condition } from "./threshold-condition.ts";
import type { Metric } from "./threshold-metric.ts";

export interface FaultName {
  readonly name: string;
  /** As written, such as `crash@10s+1s`. */
  readonly text: string;
}

/** Of one fault, from whose release to the next fault or the end of the run some time was left. */
export interface FaultRecovery extends FaultName {
  readonly recovered: Recovered;
}

export interface RecoveryReading {
  readonly kind: "recovery";
  /** In the condition's unit; null: it has not recovered, or that cannot be told. */
  readonly actual: number | null;
  readonly judged: "pass" | "fail" | "no-data" | "unknown";
  /** What is not well, to follow the expression; empty if nothing is. */
  readonly problem: string;
}

/** One for each fault that is asked for, the slowest first. */
export function recoveryReadings(
  { fault }: Metric,
  condition: Condition,
  recoveries: readonly FaultRecovery[],
): RecoveryReading[] {
  return recoveries
    .filter(({ name }) => fault === null || name === fault)
    .map((recovery) => readingOf(recovery, condition))
    .sort((one, other) => (other.actual ?? 0) - (one.actual ?? 0));
}

/** Which of the faults that are asked for are not in it, since there was no time to recover from them; empty: none. */
export function notJudgedNote({ fault }: Metric, unrecoverable: readonly FaultName[]): string {
  const texts = unrecoverable
    .filter(({ name }) => fault === null || name === fault)
    .map(({ text }) => text);
  return texts.length === 0 ? "" : `without ${texts.join(", ")}: no time was left to recover in`;
}

function readingOf({ text, recovered }: FaultRecovery, condition: Condition): RecoveryReading {
  const unitMs = condition.unit === "s" ? 1000 : 1;
  const limitMs = condition.limit * unitMs;
  switch (recovered.state) {
    case "recovered": {
      const actual = recovered.afterMs / unitMs;
      if (recovered.afterMs <= limitMs) return reading("pass", "", actual);
      return reading("fail", ` does not hold: ${text} took ${actual}${condition.unit}`, actual);
    }
    case "not-recovered": {
      const left = seconds(recovered.withinMs);
      const neededMs = limitMs + steadyMs;
      // The last stretch that would have been in time must have been seen as a whole.
      return recovered.withinMs >= neededMs
        ? reading("fail", ` does not hold: ${text} has not recovered in the ${left} after it`)
        : reading(
            "unknown",
            ` cannot be told: ${text} has not recovered, but only ${left} were left after it, and it takes ${seconds(neededMs)}`,
          );
    }
    case "unknown":
      return recovered.why === "no-baseline"
        ? reading("no-data", `: nothing was measured before ${text} to judge its recovery by`)
        : reading("unknown", ` cannot be told of ${text}: ${recoveryUnknownText[recovered.why]}`);
  }
}

/** Why nothing is known of a recovery. */
export const recoveryUnknownText: Readonly<Record<RecoveryUnknown, string>> = {
  "no-baseline": "there was no baseline",
  ramp: "the rate that is offered changes by itself",
  "too-few": `too little is committed to tell a latency from ${seconds(steadyMs)}`,
  "too-short": `less than ${seconds(steadyMs)} were left after it`,
};

function reading(
  judged: RecoveryReading["judged"],
  problem: string,
  actual: number | null = null,
): RecoveryReading {
  return { kind: "recovery", actual, judged, problem };
}

function seconds(ms: number): string {
  return `${Math.round(ms / 100) / 10} s`;
}
