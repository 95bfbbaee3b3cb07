/**
 * A threshold as it is written: a metric and an expression. It is known here what can be written;
 * whether it fits a run is another question.
 */
import { type Parsed, parsed, rejected } from "../../core/parsed.ts";
import type { PlannedThreshold } from "../../core/plan.ts";
import { type Condition, parseExpression } from "./threshold-condition.ts";
import { kindOf, type Metric, parseMetric } from "./threshold-metric.ts";

export interface Threshold {
  readonly planned: PlannedThreshold;
  /** With the window that tag or expression name. */
  readonly metric: Metric;
  readonly condition: Condition;
}

export function parseThreshold(planned: PlannedThreshold): Parsed<Threshold> {
  const metric = parseMetric(planned.metric);
  if (!metric.ok) return metric;
  const judged = parseJudged(planned.expression, metric.value);
  return judged.ok ? parsed({ planned, ...judged.value }) : judged;
}

/** An expression on a metric that was read: what is judged, by what, and where. */
export function parseJudged(
  text: string,
  metric: Metric,
): Parsed<Pick<Threshold, "metric" | "condition">> {
  const expression = parseExpression(text, metric.name);
  if (!expression.ok) return expression;
  const { condition, window } = expression.value;
  const judged = { metric: { ...metric, window: window ?? metric.window }, condition };
  const problems = [...windowProblems(metric, window), ...togetherProblems(judged)];
  return problems.length > 0
    ? rejected(...problems.map((why) => `"${text}": ${why}`))
    : parsed(judged);
}

function windowProblems({ window: tag }: Metric, during: Metric["window"]): readonly string[] {
  if (tag === null || during === null) return [];
  return tag === during
    ? [`the window is given twice, by its tag and by during ${during}: expected it once`]
    : [`the tag says window:${tag}, and the expression during ${during}: expected one window`];
}

function togetherProblems({
  metric: { name, window, fault },
  condition: { isRelative, anySeconds },
}: Pick<Threshold, "metric" | "condition">): readonly string[] {
  const isOfWindow = window === "fault" || window === "recovery";
  return [
    ...(fault !== null && kindOf[name] !== "recovery" && !isOfWindow
      ? [`the tag fault:${fault} needs a window: expected during fault or during recovery`]
      : []),
    ...(isRelative && window === "baseline" && anySeconds === null
      ? ["the baseline would be compared with itself: expected another window, or none"]
      : []),
  ];
}
