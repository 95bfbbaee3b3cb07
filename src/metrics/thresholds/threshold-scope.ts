/** Which thresholds a run is judged by. A file may hold those of many runs; selectors tell them apart. */
import { type Parsed, parsed, rejected } from "../../core/parsed.ts";
import type { PlannedThreshold } from "../../core/plan.ts";
import type { PlacedThreshold } from "./threshold-file.ts";
import { misfits, type RunScope } from "./threshold-misfits.ts";
import { parseThreshold, type Threshold } from "./threshold-text.ts";

/**
 * The thresholds whose selectors match the run, in the order given. It is a problem if one of them
 * asks for an operation or a window that the run does not have, or if nothing of a file applies:
 * the run would be judged well by a file that judged nothing. `written`: those of files, to tell
 * where in them a problem is.
 */
export function applicable(
  planned: readonly PlannedThreshold[],
  scope: RunScope,
  written: readonly PlacedThreshold[],
): Parsed<readonly Threshold[]> {
  const problems: string[] = [];
  const thresholds: Threshold[] = [];
  const idleSources = new Set(planned.map(({ source }) => source));
  for (const one of planned) {
    const threshold = parseThreshold(one);
    const place = placeOf(one, written);
    if (!threshold.ok) {
      problems.push(...threshold.problems.map((problem) => `${place}: ${problem}`));
      idleSources.delete(one.source);
    } else if (isSelected(threshold.value, scope)) {
      thresholds.push(threshold.value);
      const misfitting = misfits(threshold.value, scope);
      problems.push(...misfitting.map((problem) => `${place}: ${one.metric}: ${problem}`));
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

/** A plan has no places; within a file, no two thresholds are written alike. */
function placeOf(one: PlannedThreshold, written: readonly PlacedThreshold[]): string {
  const found = written.find(
    ({ source, metric, expression }) =>
      source === one.source && metric === one.metric && expression === one.expression,
  );
  return found?.place ?? one.source;
}

function isSelected({ metric }: Threshold, scope: RunScope): boolean {
  return (
    (metric.scenario === null || metric.scenario === scope.scenario) &&
    (metric.sessions === null || metric.sessions === scope.sessions)
  );
}
