import { expect, it } from "vitest";
import type { OptionValue } from "../../../src/core/scenario.ts";
import { contextOf, plannedIn, scenarioNamed } from "../worlds.ts";

/** Among a hundred users, of whom some are there only to be deleted. */
function preparing(name: string, options: Readonly<Record<string, OptionValue>>): () => void {
  const scenario = scenarioNamed(name);
  const context = contextOf(scenario, options);
  return () => plannedIn(scenario, { documents: 1, aliases: 1 }, { count: 1, context });
}

it.each([
  ["metaverse-update", { hot: 6, page: 50 }, /^--hot 6 is less than --page 50: /],
  ["metaverse-update", { hot: 101, page: 50 }, /^--hot 101 is more users than there are: 100$/],
  ["metaverse-update", { page: 101 }, /^--page 101 is more users than there are: 100$/],
  ["metaverse-sync", { page: 101 }, /^--page 101 is more entries of users who stay than there /],
])("%s says which option is to blame: %o", (name, options, message) => {
  expect(preparing(name, options)).toThrow(message);
  expect(preparing(name, { hot: null, page: 50 })).not.toThrow();
});
