/** What the commands of `loadgen fixtures` share: which data is asked for, and what is loaded. */
import { systems } from "../../fixtures/index.ts";
import { parsed, problemsOf } from "../core/parsed.ts";
import type { System } from "../core/system.ts";
import type { LoadgenDatabase } from "../server/database-mark.ts";
import { bundledFixture, type Fixture } from "../server/fixture/fixture.ts";
import { filesIn, payloadsFrom, valueOf } from "./fixture-folder.ts";
import { systemData } from "./plan-data.ts";
import { failOn, UsageError } from "./problems.ts";
import { parseRunOptions } from "./run-options.ts";

/** The options as they were given. */
export type Given = Readonly<Record<string, unknown>>;

/** Throws a UsageError with every problem there is. */
export async function requestedFixture(given: Given): Promise<Fixture> {
  const { options, problems } = parseRunOptions(given);
  const system = systemNamed(given.system);
  const { from } = given;
  const files = typeof from === "string" ? await filesIn(from, system, "--from") : parsed(null);
  const payloads = await payloadsFrom(options);
  const data = systemData(system, {
    options,
    repeated: null,
    files: valueOf(files),
    payloads: valueOf(payloads),
  });
  failOn([...problems, ...problemsOf(files, payloads, data)]);
  if (!data.ok) throw new UsageError(data.problems);
  const { variant, fixture: parameters, fixtureFiles } = data.value;
  const own = { files: fixtureFiles, payloads: data.value.payloads };
  return { ...bundledFixture(system, variant, parameters), ...own };
}

/** Throws a UsageError that lists those that there are. */
export function systemNamed(name: unknown): System {
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
