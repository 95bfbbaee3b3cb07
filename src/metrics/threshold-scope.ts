/** Which thresholds a run is judged by. A file may hold those of many runs; selectors tell them apart. */
import { type Parsed, parsed, rejected } from "../core/parsed.ts";
import type { PlannedFault, PlannedThreshold } from "../core/plan.ts";
import { windowsOf } from "../core/window.ts";
import { parseThreshold, type Threshold } from "./threshold-text.ts";

/** What a run is, as far as thresholds ask. */
export interface RunScope {
  readonly scenario: string;
  readonly operations: readonly string[];
  readonly sessions: number;
  readonly faults: readonly PlannedFault[];
  /** Null: until the transactions are done. */
  readonly durationMs: number | null;
}

/**
 * The thresholds whose selectors match the run, in the order given. It is a problem if one of them
 * asks for an operation or a window that the run does not have, or if nothing of a file applies:
 * the run would be judged well by a file that judged nothing.
 */
export function applicable(
  planned: readonly PlannedThreshold[],
  scope: RunScope,
): Parsed<readonly Threshold[]> {
  const problems: string[] = [];
  const thresholds: Threshold[] = [];
  const idleSources = new Set(planned.map(({ source }) => source));
  for (const one of planned) {
    const threshold = parseThreshold(one);
    if (!threshold.ok) {
      problems.push(...threshold.problems.map((problem) => `${one.source}: ${problem}`));
      idleSources.delete(one.source);
    } else if (isSelected(threshold.value, scope)) {
      thresholds.push(threshold.value);
      problems.push(...misfits(threshold.value, scope));
      idleSources.delete(one.source);
    }
  }
  for (const source of idleSources) {
    // A scenario's own may all be for other numbers of sessions; a file was given to judge this run.
    if (source === scenarioSource) continue;
    problems.push(
      `${source}: none of its thresholds is for this run (scenario ${scope.scenario}, sessions ${scope.sessions}): expected one with these selectors or without`,
    );
  }
  return problems.length > 0 ? rejected(...problems) : parsed(thresholds);
}

/** The source of thresholds that a scenario brings along. */
export const scenarioSource = "scenario";

function isSelected({ metric }: Threshold, scope: RunScope): boolean {
  return (
    (metric.scenario === null || metric.scenario === scope.scenario) &&
    (metric.sessions === null || metric.sessions === scope.sessions)
  );
}

function misfits({ planned, metric }: Threshold, scope: RunScope): string[] {
  const problems: string[] = [];
  const where = `${planned.source}: ${planned.metric}`;
  if (metric.operation !== null && !scope.operations.includes(metric.operation)) {
    problems.push(
      `${where}: ${scope.scenario} has no operation ${metric.operation}: expected ${scope.operations.join(", ")}`,
    );
  }
  const windows = scope.faults.flatMap((fault) => windowsOf(fault, scope.durationMs));
  if (metric.window !== null && !windows.includes(metric.window)) {
    problems.push(
      `${where}: this run has no ${metric.window} window: expected ${neededFor[metric.window]}`,
    );
  }
  if (metric.name === "recovery") problems.push(...recoveryMisfits(metric, where, scope));
  return problems;
}

function recoveryMisfits(
  { fault }: Threshold["metric"],
  where: string,
  { faults, durationMs }: RunScope,
): string[] {
  const asked = faults.filter(({ name }) => fault === null || name === fault);
  if (asked.some((one) => windowsOf(one, durationMs).includes("recovery"))) return [];
  const missing =
    fault === null || asked.length > 0 ? "no recovery window" : `no fault of the name ${fault}`;
  return [`${where}: this run has ${missing}: expected ${neededFor.recovery}`];
}

const neededFor = {
  baseline: "a fault that starts later, such as --chaos NAME@10s+20s",
  fault: "a fault (--chaos)",
  recovery: "a fault that ends before the run does, such as --chaos NAME@10s+5s",
} as const;
