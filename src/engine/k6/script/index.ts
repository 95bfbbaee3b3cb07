/** What a bundle for k6 is made of, beside its scenario. */
import type { Scenario } from "../../../core/scenario.ts";
import { sqlScenario as parsedSqlScenario } from "../../../core/sql-scenario.ts";

export { scriptOf } from "./main.ts";

/** The one scenario that a module exports; Node has looked that it is one. */
export function scenarioIn(exported: Readonly<Record<string, unknown>>): Scenario {
  const found = Object.values(exported).find(
    (value) => typeof value === "object" && value !== null && "draw" in value,
  );
  if (found === undefined) throw new Error("the module exports no scenario");
  return found as Scenario;
}

export function sqlScenario(name: string, text: string): Scenario {
  const scenario = parsedSqlScenario(name, text);
  if (!scenario.ok) throw new Error(scenario.problems.join("\n"));
  return scenario.value;
}
