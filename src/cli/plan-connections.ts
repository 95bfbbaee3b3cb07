/** What connections a plan's sessions have: the part in which one choice excludes the other. */
import type { Plan, PlannedFault } from "../core/plan.ts";
import type { Scenario } from "../core/scenario.ts";
import type { RunOptions } from "./run-options.ts";

/** What was asked for, and the plan that is repeated. */
interface Asked {
  readonly options: RunOptions;
  readonly repeated: Plan | null;
}

type PlannedConnections = Pick<Plan, "poolMax" | "driverSockets">;

/**
 * At most one of the two is not null. What is given takes the place of the other that is repeated: a
 * run that the driver's sockets made invalid is repeated with them declared, by --pool-max.
 */
export function connectionsAsked({ options, repeated }: Asked): PlannedConnections {
  const { poolMax, driverSockets } = options;
  const earlier = poolMax === undefined ? (repeated?.driverSockets ?? null) : null;
  const count = driverSockets ?? earlier?.count ?? null;
  if (count === null) return { poolMax: poolMax ?? repeated?.poolMax ?? null, driverSockets: null };
  const overheadMs = options.driverOverhead ?? earlier?.overheadMs ?? 0;
  return { poolMax: null, driverSockets: { count, overheadMs } };
}

/** With what the scenario has where nothing is asked for. */
export function connectionsOf(asked: Asked & { readonly scenario: Scenario }): PlannedConnections {
  const { poolMax, driverSockets } = connectionsAsked(asked);
  if (driverSockets !== null) return { poolMax, driverSockets };
  return { poolMax: poolMax ?? asked.scenario.defaults.poolMax ?? null, driverSockets };
}

/** What the driver's sockets exclude, and what there is only with them. */
export function connectionProblems(asked: Asked): readonly string[] {
  const { options } = asked;
  if (options.driverSockets !== undefined && options.poolMax !== undefined) {
    return [
      "--driver-sockets and --pool-max exclude each other: the one hides from the judge what the other declares",
    ];
  }
  if (options.driverOverhead !== undefined && connectionsAsked(asked).driverSockets === null) {
    return ["--driver-overhead is how long a socket is kept: give --driver-sockets, too"];
  }
  return [];
}

/** What only some scenarios leave room for. */
export function scenarioConnectionProblems(
  asked: Asked & { readonly scenario: Scenario },
): readonly string[] {
  const { scenario } = asked;
  if (scenario.service !== true || connectionsAsked(asked).driverSockets === null) return [];
  return [
    `--driver-sockets: the transactions of ${scenario.name} take and return their connections themselves: expected a scenario whose transactions each have one throughout`,
  ];
}

/** A pool-limit that does not go through PgBouncer. */
export function isGate({ name, parameters }: PlannedFault): boolean {
  return name === "pool-limit" && parameters.via !== "pgbouncer";
}

/** What leaves a session no connection beside its own. */
export function furtherConnectionProblems(
  plan: Pick<Plan, "scenario" | "engine" | "poolMax" | "driverSockets" | "faults">,
  connectionsEach: number,
): readonly string[] {
  if (connectionsEach === 1) return [];
  const needs = `${plan.scenario} needs ${connectionsEach} connections a session`;
  return [
    ...(plan.poolMax === null ? [] : [`--pool-max: ${needs}, its own: leave it out`]),
    ...(plan.driverSockets === null ? [] : [`--driver-sockets: ${needs}, its own: leave it out`]),
    ...plan.faults
      .filter(isGate)
      .map(
        ({ text }) =>
          `--chaos ${text}: ${needs}, and the gate counts sessions: leave it out, or take a variant with one connection a session`,
      ),
    ...(plan.engine === "pg"
      ? []
      : [`--engine k6: ${needs}, and k6's sessions have one: expected pg`]),
  ];
}
