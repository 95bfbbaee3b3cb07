/**
 * From options to the Plan: the only place where defaults are filled in. What is given comes first,
 * then the plan that is repeated, then the default. Every problem is collected, none thrown.
 */
import { counted } from "../core/counted.ts";
import { type Parsed, parsed, problemsOf, rejected } from "../core/parsed.ts";
import { frozen, type Plan, type PlannedThreshold } from "../core/plan.ts";
import type { OptionValue, Scenario } from "../core/scenario.ts";
import type { FixtureParameters, System } from "../core/system.ts";
import {
  connectionProblems,
  connectionsOf,
  scenarioConnectionProblems,
} from "./plan-connections.ts";
import { engineOf, engineProblems, scenarioEngineProblems } from "./plan-engine.ts";
import { type FaultsAsked, plannedFaults } from "./plan-faults.ts";
import { ledgerFor, scenarioLedgerProblems } from "./plan-ledger.ts";
import {
  lengthOf,
  paceOf,
  paceProblems,
  scenarioWorkerProblems,
  thinkFor,
  workerProblems,
  workersOf,
} from "./plan-pace.ts";
import type { RunOptions } from "./run-options.ts";
import { defaultOptions } from "./scenario-options.ts";

export interface PlanRequest {
  readonly scenario: Scenario;
  /** As the plan names it: a bundled scenario's name or an absolute path. */
  readonly scenarioName: string;
  readonly system: System | null;
  readonly options: RunOptions;
  readonly scenarioOptions: Readonly<Record<string, OptionValue>>;
  readonly thresholds: readonly PlannedThreshold[];
  /** The server's address without a password; null for the embedded one. */
  readonly url: string | null;
  readonly repeated: Plan | null;
}

/** What is known even where the scenario is not. */
type AnyRequest = Pick<PlanRequest, "options" | "url" | "repeated">;

export function planFrom(request: PlanRequest): Parsed<Plan> {
  const { options, scenario, repeated, url } = request;
  const existing = isExisting(request);
  const problems = [
    ...problemsOfAnyRun(request),
    ...scenarioConnectionProblems(request),
    ...scenarioWorkerProblems(request),
    ...scenarioEngineProblems(request),
  ];
  const fixture = fixtureFor(request, existing, problems);
  const length = lengthOf(request);
  const planned = plannedFaults(faultsAsked(request, length.durationMs));
  const sessions = options.sessions ?? repeated?.sessions ?? scenario.defaults.sessions;
  const workers = workersOf(request);
  if (workers > sessions) {
    const threads = `${counted(workers, "thread")} for ${counted(sessions, "session")}`;
    problems.push(`--workers: ${threads}: expected at most one a session`);
  }
  const ledger = ledgerFor({ options, repeated, existing }, planned.ok ? planned.value : []);
  if (ledger) problems.push(...scenarioLedgerProblems(scenario));
  const plan: Plan = {
    schema: "loadgen.plan/1",
    scenario: request.scenarioName,
    options: { ...repeatedOptions(request), ...request.scenarioOptions },
    system: existing ? null : scenario.system,
    variant: existing ? null : variantFor(request, problems),
    fixture,
    ...engineOf(request),
    driver: options.driver ?? repeated?.driver ?? "lean",
    workers,
    seed: seedOf(request),
    sessions,
    ...length,
    ...paceOf(request),
    warmupMs: options.warmup ?? repeated?.warmupMs ?? 5_000,
    thinkMs: thinkFor(request),
    holdMs: options.hold ?? repeated?.holdMs ?? 0,
    isolation: options.isolation ?? repeated?.isolation ?? "read-committed",
    ...connectionsOf(request),
    timeoutMs: options.timeout ?? repeated?.timeoutMs ?? 30_000,
    graceMs: options.grace ?? repeated?.graceMs ?? 5_000,
    statementTimeoutMs: options.statementTimeout ?? repeated?.statementTimeoutMs ?? 60_000,
    lockTimeoutMs: options.lockTimeout ?? repeated?.lockTimeoutMs ?? 10_000,
    faults: planned.ok ? planned.value : [],
    allowChaosOn: consentOf(request),
    thresholds: [...thresholdsOf(scenario), ...fileThresholds(request)],
    url,
    existing,
    ledger,
    explain: options.explain ?? repeated?.explain ?? false,
    keep: options.keep ?? repeated?.keep ?? false,
  };
  return problems.length > 0 ? rejected(...problems) : parsed(frozen(plan));
}

/** What can be wrong whatever the scenario is, for those who do not know it. */
export function problemsOfAnyRun(request: AnyRequest): readonly string[] {
  const { options, url } = request;
  const problems: string[] = [];
  if (options.duration !== undefined && options.transactions !== undefined) {
    problems.push("--duration and --transactions exclude each other: give one of them");
  }
  if (isExisting(request) && url === null) {
    problems.push("--existing needs a database to run in: give --url or PGHOST");
  }
  if (isExisting(request) && options.ledger === true) {
    problems.push(
      "--ledger needs a table of its own, and --existing changes no schema: leave one out",
    );
  }
  const faults = plannedFaults(faultsAsked(request, lengthOf(request).durationMs));
  return [
    ...problems,
    ...paceProblems(request),
    ...connectionProblems(request),
    ...workerProblems(request, faults),
    ...engineProblems(request, faults),
    ...problemsOf(faults),
  ];
}

/** What was given with --chaos, or what the repeated plan had, for this run. */
function faultsAsked(request: AnyRequest, durationMs: number | null): FaultsAsked {
  const { options, repeated, url } = request;
  const texts =
    options.chaos.length > 0 ? options.chaos : (repeated?.faults ?? []).map(({ text }) => text);
  const { engine } = engineOf(request);
  return { texts, engine, seed: seedOf(request), durationMs, url, existing: isExisting(request) };
}

function seedOf({ options, repeated }: AnyRequest): number {
  return options.seed ?? repeated?.seed ?? 12345;
}

function isExisting({ options, repeated }: AnyRequest): boolean {
  return options.existing ?? repeated?.existing ?? false;
}

/** A consent is for one place: what was allowed there is not inherited by another of the same name. */
function consentOf(request: AnyRequest): string | null {
  const { options, repeated, url } = request;
  const isSamePlace = repeated?.url === url && repeated.existing === isExisting(request);
  return options.allowChaosOn ?? (isSamePlace ? repeated.allowChaosOn : null);
}

/** The repeated plan may be another scenario's: what this one has no option for stays behind. */
function repeatedOptions({
  scenario,
  repeated,
}: PlanRequest): Readonly<Record<string, OptionValue>> {
  const defaults = defaultOptions(scenario);
  return Object.fromEntries(
    Object.entries(defaults).map(([name, value]) => [name, repeated?.options[name] ?? value]),
  );
}

function variantFor({ options, repeated, system }: PlanRequest, problems: string[]): string | null {
  if (system === null) {
    if (options.variant !== undefined) problems.push("--variant: this scenario has no system");
    return null;
  }
  const variant = options.variant ?? repeated?.variant ?? system.defaultVariant;
  if (!(variant in system.variants)) {
    const known = Object.keys(system.variants).join(", ");
    problems.push(
      `--variant: ${system.name} has no variant "${variant}": expected one of ${known}`,
    );
  }
  return variant;
}

/** The options that change a fixture's parameters, by parameter. */
const sizeOptions = ["documents", "references", "partitions", "averageReferences"] as const;

function fixtureFor(
  { options, repeated, system }: PlanRequest,
  existing: boolean,
  problems: string[],
): FixtureParameters | null {
  const given = sizeOptions.filter((name) => options[name] !== undefined);
  if (existing || system === null) {
    const why = existing ? "--existing uses the data as it is" : "this scenario has no system";
    const flags = [...given.map(flagOf), ...(options.fixture === undefined ? [] : ["--fixture"])];
    problems.push(...flags.map((flag) => `${flag}: ${why}`));
    return null;
  }
  const parameters = fixtureParameters(system, options, repeated?.fixture ?? null);
  if (!parameters.ok) problems.push(...parameters.problems);
  return parameters.ok ? parameters.value : null;
}

/** The size that is named, with single parameters changed. Also for `loadgen fixtures`. */
export function fixtureParameters(
  system: System,
  options: Pick<RunOptions, (typeof sizeOptions)[number] | "fixture">,
  repeated: FixtureParameters | null,
): Parsed<FixtureParameters> {
  const given = sizeOptions.filter((name) => options[name] !== undefined);
  const named = system.sizes[options.fixture ?? system.defaultSize];
  if (named === undefined) {
    const sizes = Object.keys(system.sizes).join(", ");
    return rejected(`--fixture: expected one of ${sizes}, got "${options.fixture ?? ""}"`);
  }
  const problems = given
    .filter((name) => !(name in named))
    .map((name) => `${flagOf(name)}: the data of ${system.name} has no such parameter`);
  const base = options.fixture === undefined ? (repeated ?? named) : named;
  const changes = Object.fromEntries(given.map((name) => [name, options[name] ?? 0]));
  const parameters: FixtureParameters = { ...base, ...changes };
  const all = [...problems, ...system.problemsOf(parameters)];
  return all.length > 0 ? rejected(...all) : parsed(parameters);
}

function flagOf(name: string): string {
  return `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

function thresholdsOf(scenario: Scenario): readonly PlannedThreshold[] {
  return Object.entries(scenario.thresholds).flatMap(([metric, expressions]) =>
    expressions.map((expression) => ({ source: "scenario", metric, expression })),
  );
}

function fileThresholds({ thresholds, repeated }: PlanRequest): readonly PlannedThreshold[] {
  if (thresholds.length > 0) {
    return thresholds.map(({ source, metric, expression }) => ({ source, metric, expression }));
  }
  return (repeated?.thresholds ?? []).filter((threshold) => threshold.source !== "scenario");
}
