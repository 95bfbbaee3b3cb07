/**
 * What servers really said, each message as it came: a table `thing` of three partitions, with and
 * without its key, and a table `part` that refers to it. Under each name the plans of one statement,
 * nested ones first.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type PlanShape, planShape } from "../../../src/observe/plans/plan-shape.ts";
import { type QueryPlan, queryPlanIn } from "../../../src/observe/plans/query-plan.ts";

export const versions = [14, 18] as const;
export type Version = (typeof versions)[number];

export function messagesOf(version: Version, name: string): readonly string[] {
  const file = join(import.meta.dirname, "..", "..", "data", "plans", `postgresql-${version}.json`);
  const stored = JSON.parse(readFileSync(file, "utf8")) as Readonly<Record<string, string[]>>;
  const messages = stored[name];
  if (messages === undefined) throw new Error(`no plans of ${name}`);
  return messages;
}

export function plansOf(version: Version, name: string): readonly QueryPlan[] {
  return messagesOf(version, name).flatMap((message) => queryPlanIn(message) ?? []);
}

export const roots = new Map([
  ...["thing_00", "thing_01", "thing_02"].map((name) => [name, "thing"] as const),
  ...["thing_00_pkey", "thing_01_pkey", "thing_02_pkey"].map(
    (name) => [name, "thing_pkey"] as const,
  ),
]);

/** Of the statement itself. */
export function shapeOf(version: Version, name: string): PlanShape {
  const plan = plansOf(version, name).at(-1);
  if (plan === undefined) throw new Error(`no plan of ${name}`);
  return planShape(plan.root, roots);
}
