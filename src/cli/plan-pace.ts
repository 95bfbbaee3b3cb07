/**
 * How long a run lasts, how fast its transactions come, and by how many threads: the part of a plan
 * in which one decision limits the next.
 */
import type { Parsed } from "../core/parsed.ts";
import type { Plan, PlannedFault } from "../core/plan.ts";
import type { Scenario } from "../core/scenario.ts";
import { gapMillionths } from "./arrival-gaps.ts";
import { connectionsAsked, isGate } from "./plan-connections.ts";
import type { RunOptions } from "./run-options.ts";

/** What was asked for, and the plan that is repeated. */
interface Asked {
  readonly options: RunOptions;
  readonly repeated: Plan | null;
}

/** One of the two is null. */
export function lengthOf({
  options,
  repeated,
}: Asked): Pick<Plan, "durationMs" | "transactionsPerSession"> {
  if (options.transactions !== undefined) {
    return { durationMs: null, transactionsPerSession: options.transactions };
  }
  if (options.duration === undefined && repeated !== null) {
    const { durationMs, transactionsPerSession } = repeated;
    return { durationMs, transactionsPerSession };
  }
  return { durationMs: options.duration ?? 20_000, transactionsPerSession: null };
}

/** Closed loop: both null. */
export function paceOf({ options, repeated }: Asked): Pick<Plan, "rate" | "arrivals"> {
  const earlier = repeated?.arrivals ?? null;
  const [start, end] = options.rate ?? [repeated?.rate ?? null, earlier?.rateAtEnd ?? null];
  if (start === null || end === null) return { rate: null, arrivals: null };
  const distribution = options.arrivals ?? earlier?.distribution ?? "poisson";
  // The table is made with logarithms: what is repeated keeps the one that it was drawn from.
  const gaps =
    distribution === earlier?.distribution ? earlier.gapMillionths : gapMillionths(distribution);
  return { rate: start, arrivals: { distribution, rateAtEnd: end, gapMillionths: gaps } };
}

/** Sessions of an open loop do not think. */
export function thinkFor({
  options,
  repeated,
  scenario,
}: Asked & { readonly scenario: Scenario }): Plan["thinkMs"] {
  if (paceOf({ options, repeated }).rate !== null) return [0, 0];
  return options.think ?? repeated?.thinkMs ?? scenario.defaults.thinkMs;
}

export function workersOf({ options, repeated }: Asked): number {
  return options.workers ?? repeated?.workers ?? 1;
}

/** What a rate excludes, and what there is only with one. */
export function paceProblems(asked: Asked): readonly string[] {
  const { options } = asked;
  const { rate, arrivals } = paceOf(asked);
  if (rate === null) {
    return options.arrivals === undefined
      ? []
      : ["--arrivals spreads what --rate plans: give --rate, too"];
  }
  const problems: string[] = [];
  if (options.think !== undefined && options.think[1] > 0) {
    problems.push("--think and --rate exclude each other: planned arrivals leave no time to think");
  }
  if (arrivals?.rateAtEnd !== rate && lengthOf(asked).durationMs === null) {
    problems.push("--rate: a ramp goes over the duration: give --duration, not --transactions");
  }
  return problems;
}

/** What sessions of several threads cannot share. */
export function workerProblems(
  asked: Asked,
  faults: Parsed<readonly PlannedFault[]>,
): readonly string[] {
  if (workersOf(asked) === 1) return [];
  const expected = "held by one thread: expected --workers 1 with";
  const { poolMax, driverSockets } = connectionsAsked(asked);
  const gated = faults.ok ? faults.value.filter(isGate) : [];
  return [
    ...(poolMax === null ? [] : [`--workers: a pool is ${expected} --pool-max`]),
    ...(driverSockets === null
      ? []
      : [`--workers: the driver's sockets are ${expected} --driver-sockets`]),
    ...gated.map(({ text }) => `--workers: the gate of sessions is ${expected} --chaos ${text}`),
  ];
}

/** What a scenario itself has that sessions of several threads cannot share. */
export function scenarioWorkerProblems(
  asked: Asked & { readonly scenario: Scenario },
): readonly string[] {
  const { name, service, defaults } = asked.scenario;
  if (workersOf(asked) === 1) return [];
  if (service === true) {
    return [
      `--workers: the gates of a service are held by one thread: expected --workers 1 with ${name}`,
    ];
  }
  const { poolMax, driverSockets } = connectionsAsked(asked);
  if (defaults.poolMax === undefined || poolMax !== null || driverSockets !== null) return [];
  return [`--workers: the pool of ${name} is held by one thread: expected --workers 1`];
}
