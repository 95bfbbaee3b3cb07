/** The help of commands that take a scenario: where one is named, of that one alone. */
import { type Command, Help } from "commander";
import { systems } from "../../fixtures/index.ts";
import { scenarios } from "../../scenarios/index.ts";
import { flagOf } from "./option-names.ts";
import { describeOptions } from "./scenario-options.ts";
import { sizeOptions } from "./size-options.ts";

export function declareScenarioHelp(command: Command): void {
  command
    .configureHelp({
      visibleOptions: (asked) => {
        const foreign = foreignSizes(asked);
        const all = new Help().visibleOptions(asked);
        return all.filter(({ long }) => !foreign.has(long ?? ""));
      },
    })
    .addHelpText("after", ({ command: asked }) => `\n${scenarioHelp(asked)}`);
}

/** What stands first on the command line, or all if that names none that is bundled. */
function named({ args }: Command) {
  const one = scenarios.filter(({ name }) => name === args[0]);
  return one.length === 0 ? scenarios : one;
}

/** Sizes that none of them has. */
function foreignSizes(command: Command): ReadonlySet<string> {
  const names = new Set(named(command).map(({ system }) => system));
  const own = systems.filter(({ name }) => names.has(name));
  const flags = own.flatMap(({ parameters }) => Object.keys(parameters).map(flagOf));
  const all = sizeOptions.map(({ flag }) => flag.split(" ")[0] ?? "");
  return new Set(all.filter((flag) => !flags.includes(flag)));
}

function scenarioHelp(command: Command): string {
  return named(command)
    .map((scenario) => {
      const options = describeOptions(scenario).map((line) => `\n    ${line}`);
      return `  ${scenario.name}: ${scenario.summary}${options.join("")}`;
    })
    .join("\n");
}
