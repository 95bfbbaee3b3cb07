/** What drives the sessions, and what an engine does not have. */
import { resolve } from "node:path";
import { countText } from "../core/counted.ts";
import type { Parsed } from "../core/parsed.ts";
import type { Plan, PlannedFault } from "../core/plan.ts";
import type { Scenario } from "../core/scenario.ts";
import type { Strategies, System } from "../core/system.ts";
import { arrivalsMax } from "../engine/k6/due-times.ts";
import { connectionsAsked } from "./plan-connections.ts";
import { lengthOf, paceOf, workersOf } from "./plan-pace.ts";
import type { RunOptions } from "./run-options.ts";

/** What was asked for, and the plan that is repeated. */
interface Asked {
  readonly options: RunOptions;
  readonly repeated: Plan | null;
}

export function engineOf({ options, repeated }: Asked): Pick<Plan, "engine" | "k6"> {
  const engine = options.engine ?? repeated?.engine ?? "pg";
  if (engine === "pg") return { engine, k6: null };
  return { engine, k6: options.k6 === undefined ? (repeated?.k6 ?? null) : resolve(options.k6) };
}

/** What k6's sessions, which share no memory, cannot do. */
export function engineProblems(
  asked: Asked,
  faults: Parsed<readonly PlannedFault[]>,
): readonly string[] {
  const { options } = asked;
  if (engineOf(asked).engine === "pg") {
    return options.k6 === undefined ? [] : ["--k6 names the k6 to use: give --engine k6, too"];
  }
  const problems: string[] = [];
  if (workersOf(asked) > 1) problems.push("--workers: k6 uses all cores by itself: leave it out");
  if (options.driver !== undefined) {
    problems.push("--driver is one of the engine pg: k6 speaks to the server by lib/pq");
  }
  const { driverSockets, poolMax } = connectionsAsked(asked);
  if (driverSockets !== null) {
    problems.push(
      "--driver-sockets: the sockets of Node's driver are shared: expected --engine pg",
    );
  }
  if (poolMax !== null && faults.ok) problems.push(...poolProblems(poolMax, faults.value));
  return problems;
}

/** What a scenario has that k6's sessions cannot share, and what of an open loop is too much for them. */
export function scenarioEngineProblems(
  asked: Asked & { readonly scenario: Scenario },
): readonly string[] {
  const { name, service } = asked.scenario;
  if (engineOf(asked).engine === "pg") return [];
  const problems: string[] = [];
  if (service === true) {
    problems.push(
      `--engine k6: all sessions share the gates of a service: expected --engine pg with ${name}`,
    );
  }
  const arrivals = arrivalsOf(asked);
  if (arrivals > arrivalsMax) {
    problems.push(
      `--rate: that is ${countText(arrivals)} arrivals, and k6 keeps the times of all of them in memory: expected at most ${countText(arrivalsMax)}, or --engine pg`,
    );
  }
  return problems;
}

/** What the variant does by means that k6 does not have. */
export function strategyProblems(
  asked: Asked & { readonly system: System | null },
  strategies: Strategies,
): readonly string[] {
  if (engineOf(asked).engine === "pg" || asked.system === null) return [];
  return Object.entries(asked.system.strategies).flatMap(([name, { onPgAlone }]) => {
    const value = strategies[name] ?? "";
    const why = onPgAlone[value];
    if (why === undefined) return [];
    return [
      `--engine k6: the variant has ${name}=${value}, and ${why}: expected --engine pg, or another variant`,
    ];
  });
}

/** Both are one pool there, so that a limit that is no narrower than it would pass for one that was felt. */
function poolProblems(poolMax: number, faults: readonly PlannedFault[]): readonly string[] {
  return faults
    .filter(({ name, parameters }) => name === "pool-limit" && Number(parameters.max) >= poolMax)
    .map(
      ({ text }) =>
        `--chaos ${text} narrows the pool of --pool-max ${poolMax}: expected a max below ${poolMax}`,
    );
}

/** How many an open loop is expected to have; 0: a closed loop. */
function arrivalsOf(asked: Asked & { readonly scenario: Scenario }): number {
  const { options, repeated, scenario } = asked;
  const { rate, arrivals } = paceOf(asked);
  if (rate === null || arrivals === null) return 0;
  const { durationMs, transactionsPerSession } = lengthOf(asked);
  if (durationMs !== null) {
    return Math.round((((rate + arrivals.rateAtEnd) / 2) * durationMs) / 1000);
  }
  const sessions = options.sessions ?? repeated?.sessions ?? scenario.defaults.sessions;
  return (transactionsPerSession ?? 0) * sessions;
}
