/** What a threshold asks for that a run does not have: told before the run, as it could only fail. */
import type { EngineName, PlannedFault } from "../../core/plan.ts";
import { type WindowName, windowsOf } from "../../core/window.ts";
import type { Metric } from "./threshold-metric.ts";
import type { Threshold } from "./threshold-text.ts";

/** What a run is, as far as thresholds ask. */
export interface RunScope {
  readonly scenario: string;
  readonly operations: readonly string[];
  readonly engine: EngineName;
  readonly sessions: number;
  readonly faults: readonly PlannedFault[];
  /** Null: until the transactions are done. */
  readonly durationMs: number | null;
  /** The names of those that are checked after it. */
  readonly invariants: readonly string[];
}

/** Sentences, without the metric that they are about. */
export function misfits(threshold: Threshold, scope: RunScope): readonly string[] {
  const { metric } = threshold;
  return [
    ...operationMisfits(metric, scope),
    ...windowMisfits(metric, scope),
    ...(threshold.condition.isRelative ? missingWindow({ window: "baseline" }, scope) : []),
    ...spanMisfits(threshold, scope),
    ...invariantMisfits(metric, scope),
  ];
}

function operationMisfits(
  { operation }: Metric,
  { scenario, operations }: RunScope,
): readonly string[] {
  if (operation === null || operations.includes(operation)) return [];
  return [`${scenario} has no operation ${operation}: expected ${operations.join(", ")}`];
}

function windowMisfits({ name, window, fault }: Metric, scope: RunScope): readonly string[] {
  const asked = name === "recovery" ? "recovery" : window;
  return asked === null ? [] : missingWindow({ window: asked, fault }, scope);
}

function missingWindow(
  { window, fault = null }: { readonly window: WindowName; readonly fault?: string | null },
  scope: RunScope,
): readonly string[] {
  const { faults, durationMs } = scope;
  const named = faults.filter(({ name }) => fault === null || name === fault);
  if (named.some((one) => windowsOf(one, durationMs).includes(window))) return [];
  const missing =
    fault === null || named.length > 0 ? `no ${window} window` : `no fault of the name ${fault}`;
  return [`this run has ${missing}: expected ${neededFor[window]}`];
}

const neededFor = {
  baseline: "a fault that starts later, such as --chaos NAME@10s+20s",
  fault: "a fault (--chaos)",
  recovery: "a fault that ends before the run does, such as --chaos NAME@10s+5s",
} as const;

function spanMisfits({ metric, condition }: Threshold, scope: RunScope): readonly string[] {
  const { anySeconds } = condition;
  if (anySeconds === null) return [];
  return [...engineMisfits(metric, scope), ...lengthMisfits(metric, anySeconds, scope)];
}

/** What sessions of k6 tell by the second: see src/engine/k6/lines.ts. */
function engineMisfits(
  { name, operation, sqlstate }: Metric,
  { engine }: RunScope,
): readonly string[] {
  if (engine !== "k6") return [];
  const untold = [
    ...(name === "service" || name === "pool_wait" ? [name] : []),
    ...(operation === null ? [] : ["single operations"]),
    ...(sqlstate === null ? [] : ["single codes of errors"]),
  ];
  return untold.map(
    (what) =>
      `sessions of k6 do not tell ${what} by the second: expected any on latency or a count over all operations, or --engine pg`,
  );
}

const secondMs = 1000;

function lengthMisfits(
  { window, fault }: Metric,
  anySeconds: number,
  scope: RunScope,
): readonly string[] {
  const { durationMs, faults } = scope;
  if (durationMs === null) return [];
  const spanMs = anySeconds * secondMs;
  if (window === null) {
    return durationMs >= spanMs
      ? []
      : [`any ${anySeconds}s does not fit into --duration ${durationMs / secondMs}s`];
  }
  return faults
    .filter(({ name }) => fault === null || name === fault)
    .filter((one) => windowsOf(one, durationMs).includes(window))
    .flatMap((one) => {
      const { startMs, endMs } = edgesOf(one, window, { faults, durationMs });
      // Stretches begin at full seconds, and windows, but for those from the start, a little later.
      const neededMs = startMs === 0 ? spanMs : spanMs + secondMs;
      if (endMs - startMs >= neededMs) return [];
      return [
        `any ${anySeconds}s does not fit into the ${window} window of ${one.text}, which has ${(endMs - startMs) / secondMs} s: expected ${neededMs / secondMs} s, as stretches begin at full seconds`,
      ];
    });
}

/** As planned: what comes late or takes time to undo makes them shorter. */
function edgesOf(
  { startMs, lengthMs, endsByItself }: PlannedFault,
  window: WindowName,
  { faults, durationMs }: { readonly faults: readonly PlannedFault[]; readonly durationMs: number },
): { readonly startMs: number; readonly endMs: number } {
  const starts = faults.flatMap((one) => one.startMs ?? []);
  // A side task may be done at once, or never.
  const isOpen = lengthMs === null && !(endsByItself && window === "recovery");
  const releasedMs = isOpen ? durationMs : (startMs ?? 0) + (lengthMs ?? 0);
  switch (window) {
    case "baseline":
      return { startMs: 0, endMs: Math.min(...starts, durationMs) };
    case "fault":
      return { startMs: startMs ?? 0, endMs: Math.min(releasedMs, durationMs) };
    case "recovery": {
      const later = starts.filter((start) => start >= releasedMs);
      return { startMs: releasedMs, endMs: Math.min(...later, durationMs) };
    }
  }
}

function invariantMisfits(
  { name, invariant }: Metric,
  { invariants }: RunScope,
): readonly string[] {
  if (name !== "invariants") return [];
  if (invariants.length === 0) return ["this run checks no invariants: expected no such threshold"];
  if (invariant === null || invariants.includes(invariant)) return [];
  return [`this run checks no invariant ${invariant}: expected one of ${invariants.join(", ")}`];
}
