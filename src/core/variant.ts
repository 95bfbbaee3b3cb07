/**
 * What several variants of a system make together. Each changes parts of the schema, parameters,
 * columns or settings; two that change the same exclude each other. Pure.
 */
import { type Parsed, parsed, rejected } from "./parsed.ts";
import type { FixtureParameters, Part, Strategies, System, Variant } from "./system.ts";

/** A variant, or several at once, put into the system's parts. */
export interface ComposedVariant {
  /** The names, by commas, in the system's order: however they were given, it is the same variant, and the one that is stored. */
  readonly name: string;
  /** .sql files, in the order in which they are run. */
  readonly beforeData: readonly string[];
  readonly afterData: readonly string[];
  readonly parameters: FixtureParameters;
  /** By table, of those that have others than their TableData says. */
  readonly columns: Readonly<Record<string, readonly string[]>>;
  readonly settings: Readonly<Record<string, string>>;
  readonly strategies: Strategies;
  readonly differs: readonly string[];
}

/** What a variant is beside what it says of itself: the system as deployed. */
export function defineVariant(changes: Pick<Variant, "summary"> & Partial<Variant>): Variant {
  return Object.freeze({
    replaces: {},
    adds: {},
    parameters: {},
    columns: {},
    settings: {},
    strategies: {},
    differs: [],
    ...changes,
  });
}

/** Of a variant made of several: joined by `+`, or by commas as they are stored. */
export function namesIn(text: string): readonly string[] {
  return text.split(/[+,]/).map((name) => name.trim());
}

/** `names`: variants of the system, as above. Rejected with every problem there is. */
export function composedVariant(system: System, names: string): Parsed<ComposedVariant> {
  const given = namesIn(names);
  const chosen = Object.entries(system.variants).filter(([name]) => given.includes(name));
  const problems = [
    ...nameProblems(system, given),
    ...chosen.flatMap((variant) => strategyProblems(system, variant)),
    ...conflicts(chosen),
  ];
  if (problems.length > 0) return rejected(...problems);
  const variants = chosen.map(([, variant]) => variant);
  const filesOf = (parts: readonly Part[]) => parts.flatMap((part) => partFiles(part, variants));
  return parsed({
    name: chosen.map(([name]) => name).join(","),
    beforeData: filesOf(system.parts.beforeData),
    afterData: filesOf(system.parts.afterData),
    parameters: merged(variants, "parameters"),
    columns: merged(variants, "columns"),
    settings: merged(variants, "settings"),
    strategies: { ...defaultStrategies(system), ...merged(variants, "strategies") },
    differs: variants.flatMap(({ differs }) => differs),
  });
}

/** Of a run without a variant of its own. */
export function defaultStrategies(system: System): Strategies {
  return Object.fromEntries(
    Object.entries(system.strategies).map(([name, strategy]) => [name, strategy.default]),
  );
}

/** As above, of names that were checked before. Throws an Error with the problems otherwise. */
export function knownVariant(system: System, names: string): ComposedVariant {
  const composed = composedVariant(system, names);
  if (!composed.ok) throw new Error(composed.problems.join("; "));
  return composed.value;
}

const ofDatabase = ["replaces", "adds", "parameters", "columns", "settings"] as const;

/**
 * What they change of a database: parts, parameters, tables' columns, settings. Where there is nothing,
 * they are ways of the client alone, and go with any database of the system's.
 */
export function changedInDatabase(system: System, names: string): readonly string[] {
  const variants = namesIn(names).flatMap((name) => system.variants[name] ?? []);
  const changed = ofDatabase.flatMap((field) => variants.flatMap((one) => Object.keys(one[field])));
  return [...new Set(changed)];
}

function nameProblems(system: System, given: readonly string[]): readonly string[] {
  const known = Object.keys(system.variants);
  const unknown = given.filter((name) => !known.includes(name));
  const twice = new Set(given.filter((name, index) => given.indexOf(name) < index));
  return [
    ...unknown.map(
      (name) =>
        `${system.name} has no variant "${name}": expected one of ${known.join(", ")}${given.length > 1 ? "; several make one, joined by +" : ""}`,
    ),
    ...[...twice].map((name) => `${name} is given twice: expected each variant once`),
  ];
}

type Named = readonly [string, Variant];

function strategyProblems(system: System, [name, { strategies }]: Named): readonly string[] {
  return Object.entries(strategies).flatMap(([strategy, value]) => {
    const known = system.strategies[strategy];
    if (known?.values.includes(value) === true) return [];
    const has = known === undefined ? Object.keys(system.strategies) : known.values;
    const given = known === undefined ? `strategy "${strategy}"` : `${strategy} "${value}"`;
    const expected = has.length === 0 ? "none" : `one of ${has.join(", ")}`;
    return [`${name} sets ${given}, which ${system.name} does not have: expected ${expected}`];
  });
}

function conflicts(chosen: readonly Named[]): readonly string[] {
  return chosen.flatMap((one, index) =>
    chosen.slice(index + 1).flatMap((other) => {
      const both = inBoth(one[1], other[1]);
      const names = `${one[0]} and ${other[0]}`;
      return both.length === 0 ? [] : [`${names} exclude each other: both set ${both.join(", ")}`];
    }),
  );
}

const exclusive = ["replaces", "parameters", "columns", "settings", "strategies"] as const;

/** What both set: parts, parameters, tables' columns, settings, strategies. */
function inBoth(one: Variant, other: Variant): readonly string[] {
  const names = exclusive.flatMap((field) =>
    Object.keys(one[field]).filter((name) => Object.hasOwn(other[field], name)),
  );
  return [...new Set(names)];
}

function partFiles({ name, file }: Part, variants: readonly Variant[]): readonly string[] {
  const replacing = variants.find(({ replaces }) => Object.hasOwn(replaces, name));
  const own = replacing === undefined ? file : replacing.replaces[name];
  const added = variants.flatMap(({ adds }) => adds[name] ?? []);
  return [...(own == null ? [] : [own]), ...added];
}

function merged<Field extends Exclude<(typeof exclusive)[number], "replaces">>(
  variants: readonly Variant[],
  field: Field,
): Variant[Field] {
  return Object.assign({}, ...variants.map((variant) => variant[field])) as Variant[Field];
}
