/**
 * From options to the Plan: the only place where defaults are filled in. What is given comes first,
 * then the plan that is repeated, then the default. Every problem is collected, none thrown.
 */
import { counted } from "../core/counted.ts";
import type { PayloadFile } from "../core/fixture-files.ts";
import { type Parsed, parsed, problemsOf, rejected } from "../core/parsed.ts";
import { frozen, type Plan, type PlannedThreshold } from "../core/plan.ts";
import type { OptionValue, Scenario } from "../core/scenario.ts";
import type { System } from "../core/system.ts";
import { contextOf } from "../run/context.ts";
import type { ReadFiles } from "../server/fixture-files.ts";
import {
  connectionProblems,
  connectionsOf,
  furtherConnectionProblems,
  scenarioConnectionProblems,
} from "./plan-connections.ts";
import { dataFrom, noData } from "./plan-data.ts";
import {
  engineOf,
  engineProblems,
  scenarioEngineProblems,
  strategyProblems,
} from "./plan-engine.ts";
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
import { isSideTask, readSideTasks } from "./side-tasks.ts";

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
  /** What was found in the files that the data is loaded from; null: it is made. */
  readonly files: ReadFiles | null;
  /** The user's own that are given; null: none. */
  readonly payloads: PayloadFile | null;
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
  const data = dataFrom(request, existing);
  problems.push(...(data.ok ? strategyProblems(request, data.value.strategies) : data.problems));
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
  const plan: Omit<Plan, "connectionsEach"> = {
    schema: "loadgen.plan/1",
    scenario: request.scenarioName,
    options: { ...repeatedOptions(request), ...request.scenarioOptions },
    ...(data.ok ? data.value : noData),
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
  const connectionsEach = scenario.connections?.(contextOf(plan)) ?? 1;
  problems.push(...furtherConnectionProblems(plan, connectionsEach));
  return problems.length > 0 ? rejected(...problems) : parsed(frozen({ ...plan, connectionsEach }));
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

/** What was given with --chaos and --while, or what the repeated plan had, for this run. */
function faultsAsked(request: AnyRequest, durationMs: number | null): FaultsAsked {
  const { options, repeated, url } = request;
  const before = repeated?.faults ?? [];
  const texts =
    options.chaos.length > 0
      ? options.chaos
      : before.filter((fault) => !isSideTask(fault)).map(({ text }) => text);
  const tasks = options.while?.length
    ? readSideTasks(options.while)
    : parsed(before.filter(isSideTask));
  const { engine } = engineOf(request);
  const seed = seedOf(request);
  return { texts, tasks, engine, seed, durationMs, url, existing: isExisting(request) };
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
