/**
 * What a database was loaded as, where a mark tells: comparing it with anything else would only say that
 * rows differ, thousands of them, which they are meant to.
 */
import { systems } from "../../fixtures/index.ts";
import { composedVariant } from "../core/variant.ts";
import type { FixtureContent, LoadgenDatabase } from "../server/database-mark.ts";
import type { Fixture } from "../server/fixture/fixture.ts";
import { fixtureWords } from "./plan-data.ts";

/**
 * Why this database is not to be compared with what was asked for, with what to type instead; empty
 * where it has the rows that were asked for, and where nobody knows what it was loaded as.
 */
export function problemsWithLoaded(
  databases: readonly LoadgenDatabase[],
  name: string,
  asked: Fixture,
): readonly string[] {
  const mark = databases.find((one) => one.name === name)?.mark;
  if (mark == null) return [];
  if (mark.kind === "fixture") {
    return [`--database: ${name} is a fixture: leave it out, and say which`];
  }
  if (mark.kind === "loading") {
    const resume = `loadgen fixtures load${wordsText(mark.content)} --resume`;
    return [`--database: ${name} is not loaded completely: type ${resume}`];
  }
  const template = databases.find((one) => one.name === mark.template)?.mark;
  // Of a clone whose template was dropped nobody knows more than the template's name.
  if (template?.kind !== "fixture" || hasRowsOf(template.content, asked)) return [];
  const { system, variant, parameters } = asked;
  const askedContent = { system: system.name, variant: variant.name, parameters };
  return [
    `--database: ${name} was loaded as ${contentText(template.content)}, ` +
      `and what was asked for is ${contentText(askedContent)}: ` +
      `type loadgen fixtures verify --database ${name}${wordsText(template.content)}`,
  ];
}

/** Such as "system dms, variant current, documents 200, references 2000". */
export function contentText({ system, variant, parameters }: Omit<FixtureContent, "name">): string {
  const sizes = Object.entries(parameters).map(([name, value]) => `${name} ${value}`);
  return [`system ${system}`, `variant ${variant}`, ...sizes].join(", ");
}

/** Rows are made of the parameters, for the columns of the variant; all else of a variant is beside them. */
function hasRowsOf(content: FixtureContent, asked: Fixture): boolean {
  if (content.system !== asked.system.name) return false;
  if (sorted(content.parameters) !== sorted(asked.parameters)) return false;
  const variant = composedVariant(asked.system, content.variant);
  // A variant that is no more: then its columns are not known.
  return !variant.ok || sorted(variant.value.columns) === sorted(asked.variant.columns);
}

function sorted(fields: Readonly<Record<string, unknown>>): string {
  return JSON.stringify(Object.entries(fields).sort(([one], [other]) => (one < other ? -1 : 1)));
}

function wordsText(content: FixtureContent): string {
  const system = systems.find(({ name }) => name === content.system);
  const variant = system === undefined ? null : composedVariant(system, content.variant);
  const ofVariant = variant?.ok === true ? variant.value.parameters : {};
  const words = system === undefined ? [] : fixtureWords(system, content.parameters, ofVariant);
  return ["", "--system", content.system, "--variant", content.variant, ...words].join(" ");
}
