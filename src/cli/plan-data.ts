/** The plan's data: which system, which of its variants, and how much of it. */
import type { PayloadFile } from "../core/fixture-files.ts";
import { type Parsed, parsed, problemsOf, rejected } from "../core/parsed.ts";
import type { Plan } from "../core/plan.ts";
import type { FixtureParameters, System } from "../core/system.ts";
import { type ComposedVariant, composedVariant } from "../core/variant.ts";
import { problemsWithFiles, type ReadFiles } from "../server/fixture-files.ts";
import type { RunOptions } from "./run-options.ts";

type PlannedData = Pick<Plan, "system" | "variant" | "fixture" | "fixtureFiles" | "payloads">;

/** The options that change a fixture's parameters, by parameter. */
const sizeOptions = ["documents", "references", "partitions", "keys", "averageReferences"] as const;

type DataOptions = Pick<
  RunOptions,
  (typeof sizeOptions)[number] | "fixture" | "fixtureFrom" | "payloads" | "variant"
>;

interface DataRequest {
  readonly system: System | null;
  readonly options: DataOptions;
  readonly repeated: Plan | null;
  /** What was found in the files to load; null: the rows are made. */
  readonly files: ReadFiles | null;
  /** The user's own; null: none, or those of the repeated plan. */
  readonly payloads: PayloadFile | null;
}

/** Of a run in a database as it is, or of a scenario without a system. */
export const noData: PlannedData = Object.freeze({
  ...{ system: null, variant: null },
  ...{ fixture: null, fixtureFiles: null, payloads: null },
});

/** `existing`: the database is used as it is. */
export function dataFrom(request: DataRequest, existing: boolean): Parsed<PlannedData> {
  const { system, options } = request;
  if (!existing && system !== null) return systemData(system, request);
  const why = existing ? "--existing uses the data as it is" : "this scenario has no system";
  const names = (["variant", "fixture", "fixtureFrom", "payloads", ...sizeOptions] as const).filter(
    (name) => options[name] !== undefined,
  );
  const problems = names.map((name) => `${flagOf(name)}: ${why}`);
  return problems.length > 0 ? rejected(...problems) : parsed(noData);
}

/** A variant of the system, and its parameters; also for `loadgen fixtures`. */
export function systemData(
  system: System,
  { options, repeated, files, payloads: given }: Omit<DataRequest, "system">,
): Parsed<
  PlannedData & {
    readonly system: string;
    readonly variant: string;
    readonly fixture: FixtureParameters;
  }
> {
  const names = options.variant ?? repeated?.variant ?? system.defaultVariant;
  const variant = composedVariant(system, names);
  const size = sizeFrom(system, { options, repeated });
  const problems = [
    ...(variant.ok ? [] : variant.problems.map((problem) => `--variant: ${problem}`)),
    ...(size.ok ? [] : size.problems),
  ];
  if (!variant.ok || !size.ok) return rejected(...problems);
  const fixture = {
    ...parametersOf(size.value, variant.value.parameters, givenIn(options)),
    ...files?.parameters,
  };
  const payloads = given ?? repeated?.payloads ?? null;
  const wrong = [
    ...contradictions(options, variant.value.parameters),
    ...(files === null
      ? []
      : fileProblems(system, files, { options, variant: variant.value, fixture })),
    ...system.problemsOf(fixture),
    ...payloadProblems(system, payloads, fixture),
  ];
  if (wrong.length > 0) return rejected(...wrong);
  const fixtureFiles = files?.files ?? null;
  return parsed({
    system: system.name,
    variant: variant.value.name,
    fixture,
    fixtureFiles,
    payloads,
  });
}

function payloadProblems(
  system: System,
  payloads: PayloadFile | null,
  fixture: FixtureParameters,
): readonly string[] {
  if (payloads === null) return [];
  if (system.payloads === null) {
    return [`--payloads: ${system.name} has no payloads of the user's own: leave it out`];
  }
  const script = system.payloads(payloads.text, payloads.path, fixture);
  return problemsOf(script).map((problem) => `--payloads: ${problem}`);
}

function fileProblems(
  system: System,
  files: ReadFiles,
  asked: {
    readonly options: DataOptions;
    readonly variant: ComposedVariant;
    readonly fixture: FixtureParameters;
  },
): readonly string[] {
  const { options, variant, fixture } = asked;
  const counted = ["fixture", ...Object.keys(files.parameters)];
  return [
    ...counted
      .filter((name) => options[name as keyof DataOptions] !== undefined)
      .map((name) => `${flagOf(name)}: the rows are counted in the files: leave it out`),
    ...problemsWithFiles(files, system, { variant, parameters: fixture }),
  ];
}

interface Size {
  /** Of the named size. */
  readonly named: FixtureParameters;
  /** Of the repeated plan, without what its variant had set and what had followed from that. */
  readonly own: FixtureParameters;
}

function sizeFrom(
  system: System,
  { options, repeated }: Pick<DataRequest, "options" | "repeated">,
): Parsed<Size> {
  const named = system.sizes[options.fixture ?? system.defaultSize];
  if (named === undefined) {
    const sizes = Object.keys(system.sizes).join(", ");
    return rejected(`--fixture: expected one of ${sizes}, got "${options.fixture ?? ""}"`);
  }
  const foreign = Object.keys(givenIn(options)).filter((name) => !(name in named));
  if (foreign.length > 0) {
    return rejected(
      ...foreign.map((name) => `${flagOf(name)}: the data of ${system.name} has no such parameter`),
    );
  }
  if (options.fixture !== undefined || repeated?.fixture == null) return parsed({ named, own: {} });
  const before = composedVariant(system, repeated.variant ?? "");
  const set = before.ok ? before.value.parameters : {};
  const own = withoutNames(repeated.fixture, Object.keys(set));
  const { keys } = parametersOf({ named, own: withoutNames(own, ["keys"]) }, set, {});
  return parsed({ named, own: keys === own.keys ? withoutNames(own, ["keys"]) : own });
}

function withoutNames(parameters: FixtureParameters, names: readonly string[]): FixtureParameters {
  return Object.fromEntries(Object.entries(parameters).filter(([name]) => !names.includes(name)));
}

function givenIn(options: DataOptions): FixtureParameters {
  const given = sizeOptions.flatMap((name) => {
    const value = options[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return Object.fromEntries(given);
}

function parametersOf(
  { named, own }: Size,
  ofVariant: FixtureParameters,
  given: FixtureParameters,
): FixtureParameters {
  const { partitions } = { ...own, ...given };
  const keys = keysFor(named, ofVariant.partitions, partitions);
  return { ...named, ...(keys === undefined ? {} : { keys }), ...own, ...ofVariant, ...given };
}

/**
 * As many as partitions wherever their number is changed, so that each can have rows. A variant with
 * fewer partitions, or none, leaves them as they are: its data stays that of the others.
 */
function keysFor(
  { partitions, keys }: FixtureParameters,
  ofVariant: number | undefined,
  asked: number | undefined,
): number | undefined {
  if (keys === undefined) return undefined;
  if (ofVariant !== undefined) return Math.max(keys, ofVariant);
  return asked === undefined || asked === partitions ? keys : asked;
}

function contradictions(options: DataOptions, ofVariant: FixtureParameters): readonly string[] {
  return Object.entries(givenIn(options))
    .filter(([name, value]) => name in ofVariant && ofVariant[name] !== value)
    .map(([name]) => `${flagOf(name)}: the variant has ${name} ${ofVariant[name]}: leave it out`);
}

/** The options that ask for these parameters, those that the variant sets left out. */
export function fixtureWords(
  parameters: FixtureParameters,
  ofVariant: FixtureParameters,
): readonly string[] {
  return sizeOptions
    .filter((name) => name in parameters && !(name in ofVariant))
    .flatMap((name) => [flagOf(name), String(parameters[name])]);
}

function flagOf(name: string): string {
  return `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}
