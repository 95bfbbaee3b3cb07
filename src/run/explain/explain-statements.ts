/** Puts together what was explained of one operation: statements and plans that are alike are one. Pure. */
import {
  countedShapes,
  type PartitionRoots,
  planShape,
  shapeText,
} from "../../observe/plans/plan-shape.ts";
import { type QueryPlan, statementFigures, sumOfFigures } from "../../observe/plans/query-plan.ts";
import type { ExplainedPlan, ExplainedStatement } from "./explained.ts";

/** One statement, as it was sent. */
export interface Performance extends Pick<ExplainedStatement, "name" | "text" | "isEstimated"> {
  /** Its own: none of what has no plan, such as CALL. */
  readonly plans: readonly QueryPlan[];
  /** Of the statements inside of it, in the order in which they ended. */
  readonly nested: readonly QueryPlan[];
}

export function explainedStatement(
  { name, text, isEstimated, plans, nested }: Performance,
  roots: PartitionRoots,
): ExplainedStatement {
  return {
    name,
    text,
    times: 1,
    isEstimated,
    figures: sumOfFigures(isEstimated ? [] : plans.map(statementFigures)),
    plans: mergedPlans(
      plans.map(({ root }) => ({ shape: planShape(root, roots), times: 1, plan: root })),
    ),
    nested: mergedStatements(
      nested.map((plan) => {
        const own = plan.text ?? "";
        // Only what was performed tells of itself.
        const inside = { name: beginningOf(own), text: own, isEstimated: false };
        return explainedStatement({ ...inside, plans: [plan], nested: [] }, roots);
      }),
    ),
  };
}

/** In the order in which they first came; without those that have nothing to show. */
export function mergedStatements(
  all: readonly ExplainedStatement[],
): readonly ExplainedStatement[] {
  const groups = new Map<string, ExplainedStatement[]>();
  for (const one of all) {
    if (one.plans.length + one.nested.length === 0) continue;
    const key = `${one.name}\n${one.text}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [one]);
    else group.push(one);
  }
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    return {
      ...first,
      times: group.reduce((sum, { times }) => sum + times, 0),
      isEstimated: group.every(({ isEstimated }) => isEstimated),
      figures: sumOfFigures(group.map(({ figures }) => figures)),
      plans: mergedPlans(group.flatMap(({ plans }) => plans)),
      nested: mergedStatements(group.flatMap(({ nested }) => nested)),
    };
  });
}

/** Of each shape the first. */
function mergedPlans(plans: readonly ExplainedPlan[]): readonly ExplainedPlan[] {
  return countedShapes(plans.map(({ shape }) => shape)).flatMap(({ shape }) => {
    const alike = plans.filter((one) => shapeText(one.shape) === shapeText(shape));
    const times = alike.reduce((sum, one) => sum + one.times, 0);
    return alike.slice(0, 1).map(({ plan }) => ({ shape, times, plan }));
  });
}

const beginningMax = 50;

function beginningOf(text: string): string {
  const line = text.replace(/\s+/g, " ").trim();
  return line.length <= beginningMax ? `"${line}"` : `"${line.slice(0, beginningMax)}…"`;
}
