/** How much data: each parameter of a system is an option of its own. */
import { systems } from "../../fixtures/index.ts";
import type { FixtureParameters } from "../core/system.ts";
import { flagOf } from "./option-names.ts";
import { wholeNumber } from "./option-values.ts";

/** In the order of `loadgen list`; where none is named, it is the first. */
export const systemNames: readonly string[] = systems.map(({ name }) => name);

/** By parameter. Systems may have parameters of one name, which mean the same thing. */
const helpByName: ReadonlyMap<string, string> = new Map(
  systems.flatMap(({ name: system, parameters }) =>
    Object.entries(parameters).map(([name, help]) => [name, `size of ${system}: ${help}`] as const),
  ),
);

/** By parameter, flag and help of its option. */
export const sizeOptions: readonly { readonly flag: string; readonly help: string }[] = [
  ...helpByName,
].map(([name, help]) => ({ flag: `${flagOf(name)} <n>`, help }));

/** What the command line gave; whether a system can be of that size is the system's to say. */
export function parseSizes(given: Readonly<Record<string, unknown>>): {
  sizes: FixtureParameters;
  problems: readonly string[];
} {
  const sizes: Record<string, number> = {};
  const problems: string[] = [];
  for (const name of helpByName.keys()) {
    if (given[name] === undefined) continue;
    const { data, error } = wholeNumber(1).safeParse(given[name]);
    if (data !== undefined) sizes[name] = data;
    const issues = error?.issues ?? [];
    problems.push(...issues.map(({ message }) => `${flagOf(name)}: ${message}`));
  }
  return { sizes, problems };
}
