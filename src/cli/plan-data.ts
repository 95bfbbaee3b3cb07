/** The plan's data: which system, which of its variants, and how much of it. */
import type { PayloadFile } from "../core/fixture-files.ts";
import { type Parsed, parsed, problemsOf, rejected } from "../core/parsed.ts";
import type { Plan } from "../core/plan.ts";
import type { FixtureParameters, System } from "../core/system.ts";
import {
  changedInDatabase,
  type ComposedVariant,
  composedVariant,
  defaultStrategies,
} from "../core/variant.ts";
import { problemsWithFiles, type ReadFiles } from "../server/fixture-files.ts";
import { flagOf } from "./option-names.ts";
import type { RunOptions } from "./run-options.ts";

type PlannedData = Pick<
  Plan,
  "system" | "variant" | "strategies" | "fixture" | "fixtureFiles" | "payloads"
>;

type DataOptions = Pick<RunOptions, "fixture" | "fixtureFrom" | "payloads" | "sizes" | "variant">;

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
  ...{ system: null, variant: null, strategies: {} },
  ...{ fixture: null, fixtureFiles: null, payloads: null },
});

/** `existing`: the database is used as it is. */
export function dataFrom(request: DataRequest, existing: boolean): Parsed<PlannedData> {
  const { system, options } = request;
  if (!existing && system !== null) return systemData(system, request);
  const why = existing ? "--existing uses the data as it is" : "this scenario has no system";
  const ways = system === null ? null : clientWays(system, request);
  const names = (["variant", "fixture", "fixtureFrom", "payloads"] as const).filter(
    (name) => options[name] !== undefined && (name !== "variant" || ways === null),
  );
  const given = [...names, ...Object.keys(options.sizes)];
  const problems = [
    ...given.map((name) => `${flagOf(name)}: ${why}`),
    ...(ways === null ? [] : problemsOf(ways)),
  ];
  if (problems.length > 0) return rejected(...problems);
  return parsed({ ...noData, ...(ways?.ok === true ? ways.value : {}) });
}

/** Of a database as it is: variants that leave it so choose what the client does. */
function clientWays(
  system: System,
  { options, repeated }: DataRequest,
): Parsed<Pick<PlannedData, "variant" | "strategies">> {
  const names = options.variant ?? (repeated?.existing === true ? repeated.variant : null);
  if (names === null) return parsed({ variant: null, strategies: defaultStrategies(system) });
  const variant = composedVariant(system, names);
  if (!variant.ok) return rejected(...variant.problems.map((problem) => `--variant: ${problem}`));
  const { name, strategies } = variant.value;
  const changed = changedInDatabase(system, name);
  if (changed.length === 0) return parsed({ variant: name, strategies });
  return rejected(
    `--variant: ${name} changes ${changed.join(", ")}, and --existing uses the database as it is: ` +
      "expected a variant that changes only what the client does",
  );
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
    ...parametersOf(system, size.value, {
      ofVariant: variant.value.parameters,
      given: options.sizes,
    }),
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
    strategies: variant.value.strategies,
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
  const counted = Object.keys(files.parameters).filter((name) => name in options.sizes);
  return [
    ...[...(options.fixture === undefined ? [] : ["fixture"]), ...counted].map(
      (name) => `${flagOf(name)}: the rows are counted in the files: leave it out`,
    ),
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
  const foreign = Object.keys(options.sizes).filter((name) => !(name in named));
  if (foreign.length > 0) {
    const expected = Object.keys(named).map(flagOf).join(", ");
    return rejected(
      ...foreign.map(
        (name) => `${flagOf(name)}: ${system.name} has no such size: expected ${expected}`,
      ),
    );
  }
  if (options.fixture !== undefined || repeated?.fixture == null) return parsed({ named, own: {} });
  const before = composedVariant(system, repeated.variant ?? "");
  const set = before.ok ? before.value.parameters : {};
  const own = withoutNames(repeated.fixture, Object.keys(set));
  // What had followed follows again, from what is changed now.
  const following = system.following({ named, ofVariant: set, given: own });
  const followed = Object.keys(following).filter((name) => following[name] === own[name]);
  return parsed({ named, own: withoutNames(own, followed) });
}

function withoutNames(parameters: FixtureParameters, names: readonly string[]): FixtureParameters {
  return Object.fromEntries(Object.entries(parameters).filter(([name]) => !names.includes(name)));
}

function parametersOf(
  system: System,
  { named, own }: Size,
  changes: { readonly ofVariant: FixtureParameters; readonly given: FixtureParameters },
): FixtureParameters {
  const { ofVariant, given } = changes;
  const following = system.following({ named, ofVariant, given: { ...own, ...given } });
  return { ...named, ...following, ...own, ...ofVariant, ...given };
}

function contradictions(options: DataOptions, ofVariant: FixtureParameters): readonly string[] {
  return Object.entries(options.sizes)
    .filter(([name, value]) => name in ofVariant && ofVariant[name] !== value)
    .map(([name]) => `${flagOf(name)}: the variant has ${name} ${ofVariant[name]}: leave it out`);
}

/** The options that ask for these parameters, those that the variant sets left out. */
export function fixtureWords(
  system: System,
  parameters: FixtureParameters,
  ofVariant: FixtureParameters,
): readonly string[] {
  return Object.keys(system.parameters)
    .filter((name) => name in parameters && !(name in ofVariant))
    .flatMap((name) => [flagOf(name), String(parameters[name])]);
}
