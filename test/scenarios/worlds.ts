/** Small worlds for the scenarios' tests: rows as a database would give them, and contexts. */
import { systems } from "../../fixtures/index.ts";
import { scenarios } from "../../scenarios/index.ts";
import type { Failure } from "../../src/core/failure.ts";
import { transactionStream } from "../../src/core/random.ts";
import type { Context, OptionValue, Planned, Scenario } from "../../src/core/scenario.ts";
import type { Row, Step } from "../../src/core/step.ts";
import type { Strategies } from "../../src/core/system.ts";
import { defaultStrategies } from "../../src/core/variant.ts";
import { stepThrough } from "../helpers/drive.ts";
import { metaverseAnswer } from "./metaverse/answers.ts";

export function scenarioNamed(name: string): Scenario {
  return scenarios.find((scenario) => scenario.name === name)!;
}

/** A plan's context, with the scenario's own defaults for what is not given. */
export function contextOf(
  scenario: Scenario,
  options: Readonly<Record<string, OptionValue>> = {},
): Context {
  const defaults = Object.entries(scenario.options).map(([name, option]) => [
    name,
    option.kind === "flag" ? false : option.default,
  ]);
  return {
    seed: 12345,
    sessions: 10,
    isolation: "read-committed",
    holdMs: 0,
    strategies: strategiesOf(scenario),
    options: { ...Object.fromEntries(defaults), ...options } as Context["options"],
  };
}

function strategiesOf({ system }: Scenario): Strategies {
  const found = systems.find(({ name }) => name === system);
  return found === undefined ? {} : defaultStrategies(found);
}

export interface Size {
  readonly documents: number;
  readonly aliases: number;
}

/**
 * Answers what prepare() asks in a world of the given size: document 1 has key 1, and so on around
 * 16 keys; alias n belongs to document n and has its key.
 */
export function worldOf({ documents, aliases }: Size): (step: Step) => readonly Row[] {
  const documentRows = numbered(documents).map((n) => ({
    id: String(n),
    key: n % 16,
    uuid: `document-${n}`,
  }));
  const aliasRows = numbered(aliases).map((n) => ({
    id: `alias-${n}`,
    key: n % 16,
    document: String(n),
  }));
  return (step) => {
    if (step.kind !== "query") throw new Error(`prepare() asked for a ${step.kind}`);
    switch (step.statement.name) {
      case "read-documents":
        return documentRows.slice(0, Number(step.parameters[0]));
      case "read-documents-of-each-key":
        return documentRows.slice(0, 160);
      case "read-aliases":
      case "read-first-aliases":
        return aliasRows;
      case "read-aliases-of-other-keys":
        return aliasRows.filter(({ key }) => key !== step.parameters[0]).slice(0, 50);
      case "read-shape":
        return [shapeRow];
      case "read-payload":
        return aliasRows
          .slice(0, 3)
          .map(({ id, key }) => ({ id: "2", key: 2, alias: id, alias_key: key }));
      default:
        return otherAnswer(step.statement.name, step.parameters);
    }
  };
}

function otherAnswer(statement: string, parameters: readonly unknown[]): readonly Row[] {
  const rows = metaverseAnswer(statement, parameters);
  if (rows === null) throw new Error(`prepare() asked for ${statement}`);
  return rows;
}

/** A history of blocks, of which worlds have no more and no less. */
const shapeRow = {
  blocks: 100,
  days: 4,
  events_per_block: 10,
  new_percent: 60,
  markets: 2,
  parties: 10,
};

function numbered(count: number): readonly number[] {
  return Array.from({ length: count }, (_, index) => index + 1);
}

/** Prepares in a world, and draws the first transactions of a session. */
export function plannedIn(
  scenario: Scenario,
  size: Size,
  { count, context = contextOf(scenario) }: { readonly count: number; readonly context?: Context },
): readonly Planned[] {
  const { result, failure } = stepThrough(scenario.prepare(context), worldOf(size));
  if (failure !== undefined) throw failure as Failure;
  return Array.from({ length: count }, (_, number) =>
    scenario.draw(transactionStream(context.seed, "measured", 0, number), result, context, 0),
  );
}
