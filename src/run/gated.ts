/**
 * What is gated under faults: recovery, and not the outage itself. Pure. Why:
 * docs/decisions/0018-recovery-is-gated.md.
 */
import { atOnceMsMax } from "../metrics/recovery.ts";
import type { Finding } from "../core/verdict.ts";
import type { Threshold } from "../metrics/thresholds/threshold-text.ts";
import { scenarioSource } from "../metrics/thresholds/threshold-scope.ts";
import {
  evaluate,
  type Measurements,
  notCompared,
  type ThresholdResult,
} from "../metrics/thresholds/thresholds.ts";
import type { Impact } from "./impact.ts";

/** What of a fault matters here. */
export interface GatedFault {
  readonly name: string;
  /** As written, such as `pool-limit:max=6@10s+20s`. */
  readonly text: string;
  /** It came, and transactions may have failed by it, on purpose. */
  readonly endsTransactions: boolean;
  /** Null: it never came. */
  readonly impact: Impact | null;
}

interface Gated {
  readonly faults: readonly GatedFault[];
  readonly thresholds: readonly Threshold[];
  readonly measurements: Measurements;
}

/**
 * A scenario's own thresholds are for a server that is left in peace: where a fault ends transactions,
 * they are judged in the baseline. Those of the user's files are judged as written.
 */
export function evaluateUnderFaults(
  threshold: Threshold,
  { faults, measurements }: Omit<Gated, "thresholds">,
): ThresholdResult {
  const { planned, metric, condition } = threshold;
  const { isRelative } = condition;
  const names = new Set(faults.filter((one) => one.endsTransactions).map(({ name }) => name));
  const isOwn = planned.source === scenarioSource && metric.window === null;
  // These are for runs with faults, or hold whatever happens.
  const isOfFaults = metric.name === "recovery" || metric.name === "invariants" || isRelative;
  if (names.size === 0 || !isOwn || isOfFaults) {
    return evaluate(threshold, measurements);
  }
  const because = `${[...names].join(", ")} may end transactions on purpose`;
  const hasBaseline = measurements.windows.some(({ name }) => name === "baseline");
  if (!hasBaseline || metric.name === "dead_tuples" || metric.name === "wal_bytes") {
    const missing = hasBaseline ? "it is not known of the baseline alone" : "there is no baseline";
    return { ...notCompared(threshold), note: `not compared: ${because}, and ${missing}` };
  }
  const inBaseline = { ...threshold, metric: { ...metric, window: "baseline" as const } };
  return { ...evaluate(inBaseline, measurements), note: `judged in the baseline: ${because}` };
}

/** After less time than this it is too early to say that a run does not recover. */
export const recoveryMsMin = 10_000;

/** Those that never recovered, where no threshold of the run's own says how long that may take. */
export function recoveryFindings({ faults, thresholds }: Gated): Finding[] {
  const limits = thresholds.filter(({ metric }) => metric.name === "recovery");
  const isLimited = ({ name }: GatedFault) =>
    limits.some(({ metric }) => metric.fault === null || metric.fault === name);
  return faults
    .filter((fault) => !isLimited(fault))
    .flatMap(({ text, impact }): Finding[] => {
      if (impact?.recovered.state !== "not-recovered") return [];
      const { withinMs } = impact.recovered;
      if (withinMs < recoveryMsMin) return [];
      const reason = `the run has not recovered from ${text} within the ${seconds(withinMs)} after it: ${figuresText(impact)}`;
      return [{ code: 99, reason }];
    });
}

/** Of the whole recovery window and the baseline. */
function figuresText({ tail, baseline, recovery }: Impact): string {
  const now = recovery ?? baseline;
  const throughput = `${digits(now?.perSecond)} transactions a second after ${digits(baseline?.perSecond)} before`;
  if (tail === null || now?.tailUs == null || baseline?.tailUs == null) return throughput;
  return `${throughput}, ${tail} ${digits(now.tailUs / 1000)} ms after ${digits(baseline.tailUs / 1000)} ms`;
}

/** So many are told one by one. */
const toldMax = 3;

/** Such as `recovered 1.3 s after crash`; empty if nothing was recovered from. */
export function recoveryTexts(faults: readonly GatedFault[]): readonly string[] {
  const recovered = faults.flatMap(({ name, impact }) =>
    impact?.recovered.state === "recovered" ? [{ name, afterMs: impact.recovered.afterMs }] : [],
  );
  if (recovered.length === 0) return [];
  if (recovered.length > toldMax) {
    const slowestMs = Math.max(...recovered.map(({ afterMs }) => afterMs));
    return [`recovered from ${recovered.length} faults, at most ${seconds(slowestMs)} after each`];
  }
  const each = recovered.map(({ name, afterMs }) =>
    afterMs <= atOnceMsMax ? `at once after ${name}` : `${seconds(afterMs)} after ${name}`,
  );
  return [`recovered ${each.join(" and ")}`];
}

function digits(value: number | null | undefined): string {
  return value == null ? "–" : String(Number(value.toPrecision(3)));
}

function seconds(ms: number): string {
  return `${Math.round(ms / 100) / 10} s`;
}
