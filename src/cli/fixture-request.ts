/** What the commands of `loadgen fixtures` share: which data is asked for, and what is loaded. */
import { systems } from "../../fixtures/index.ts";
import { problemsOf } from "../core/parsed.ts";
import type { System } from "../core/system.ts";
import type { LoadgenDatabase } from "../server/database-mark.ts";
import { systemData } from "./plan-data.ts";
import { failOn, UsageError } from "./problems.ts";
import { parseRunOptions } from "./run-options.ts";

/** The options as they were given. */
export type Given = Readonly<Record<string, unknown>>;

/** Throws a UsageError with every problem there is. */
export function requestedFixture(given: Given) {
  const { options, problems } = parseRunOptions(given);
  const system = systemNamed(given.system);
  const data = systemData(system, { options, repeated: null });
  failOn([...problems, ...problemsOf(data)]);
  if (!data.ok) throw new UsageError(data.problems);
  return { system, variant: data.value.variant, parameters: data.value.fixture };
}

function systemNamed(name: unknown): System {
  const system = systems.find((one) => one.name === name);
  if (system !== undefined) return system;
  const known = systems.map((one) => one.name).join(", ");
  throw new UsageError([`--system: expected one of ${known}, got "${String(name)}"`]);
}

/** A line for each fixture that is complete, or one that there is none. */
export function loadedFixtures(databases: readonly LoadgenDatabase[]): readonly string[] {
  const lines = databases.flatMap(({ name, mark }) => {
    if (mark?.kind !== "fixture") return [];
    const { system, variant, parameters } = mark.content;
    const sizes = Object.entries(parameters).map(([key, value]) => `${key} ${value}`);
    return [`${name}  system ${system}, loaded for variant ${variant}, ${sizes.join(", ")}`];
  });
  return lines.length === 0 ? ["no fixture is loaded"] : lines;
}
