/** The options that one scenario declares, read from what `run` itself did not know. */

import { z } from "zod";
import type { OptionValue, Scenario, ScenarioOption } from "../core/scenario.ts";
import { choice, weights, wholeNumber } from "./option-values.ts";

type Values = Readonly<Record<string, OptionValue>>;

/** Who declares options: a scenario, or several while it is not known which of them is meant. */
type Declaring = Pick<Scenario, "name" | "options">;

/** `words`: the command line's words behind the scenario's name that are no option of `run`. */
export function parseScenarioOptions(
  scenario: Declaring,
  words: readonly string[],
): { options: Values; problems: readonly string[] } {
  const options: Record<string, OptionValue> = {};
  const problems: string[] = [];
  const rest = [...words];
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    const [, name = "", inline] = /^--([^=]+)(?:=(.*))?$/s.exec(word) ?? [];
    const option = Object.hasOwn(scenario.options, name) ? scenario.options[name] : undefined;
    if (option === undefined) {
      problems.push(unknownWord(scenario, word));
      // What follows an unknown option is its value, not another mistake.
      if (word.startsWith("-") && rest[0]?.startsWith("-") === false) rest.shift();
      continue;
    }
    const given = option.kind === "flag" ? inline : (inline ?? rest.shift());
    const value = parseValue(option, given);
    if (value.problem === undefined) options[name] = value.value;
    else problems.push(`--${name}: ${value.problem}`);
  }
  return { options, problems };
}

/** What a scenario's options are if they are not given. */
export function defaultOptions(scenario: Scenario): Values {
  return Object.fromEntries(
    Object.entries(scenario.options).map(([name, option]) => [
      name,
      option.kind === "flag" ? false : option.default,
    ]),
  );
}

/** For a command line that names no scenario that there is: what any of them would understand. */
export function anyOf(scenarios: readonly Scenario[]): Declaring {
  const options: Record<string, ScenarioOption> = {};
  for (const [name, option] of scenarios.flatMap((scenario) => Object.entries(scenario.options))) {
    options[name] = either(options[name] ?? option, option);
  }
  return { name: "one scenario or another", options };
}

/** What understands whatever one of two of the same name does; of two kinds, the latter. */
function either(one: ScenarioOption, other: ScenarioOption): ScenarioOption {
  if (one.kind === "weights" && other.kind === "weights") {
    return { ...other, default: { ...one.default, ...other.default } };
  }
  if (one.kind === "choice" && other.kind === "choice") {
    return { ...other, values: [...new Set([...one.values, ...other.values])] };
  }
  return other;
}

/** Lines of help, one an option. */
export function describeOptions(scenario: Scenario): readonly string[] {
  return Object.entries(scenario.options).map(([name, option]) => {
    const value =
      option.kind === "flag"
        ? ""
        : ` <${option.kind === "choice" ? option.values.join("|") : option.kind}>`;
    return `--${name}${value}  ${option.help}`;
  });
}

function unknownWord(scenario: Declaring, word: string): string {
  if (!word.startsWith("-")) return `unexpected "${word}": one scenario was expected, then options`;
  const own = Object.keys(scenario.options).map((name) => `--${name}`);
  const hint = own.length > 0 ? `; ${scenario.name} has ${own.join(", ")} of its own` : "";
  return `unknown option ${word.split("=")[0] ?? word}: see loadgen run --help${hint}`;
}

function parseValue(
  option: ScenarioOption,
  given: string | undefined,
): { value: OptionValue; problem?: undefined } | { problem: string } {
  if (option.kind === "flag") {
    return given === undefined ? { value: true } : { problem: "expected no value" };
  }
  const parsed = schemaOf(option).safeParse(given ?? "");
  if (parsed.success) return { value: parsed.data };
  return { problem: parsed.error.issues.map((issue) => issue.message).join("; ") };
}

function schemaOf(option: Exclude<ScenarioOption, { kind: "flag" }>) {
  switch (option.kind) {
    case "integer":
      return wholeNumber(option.min);
    case "choice":
      return choice(option.values);
    case "text":
      return z.string().min(1, "expected a text");
    case "weights":
      return weights(option.default);
  }
}
