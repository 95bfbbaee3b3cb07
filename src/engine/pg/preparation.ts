/** What a plan's sessions need before they start: their connections, and the scenario's world. */
import pg from "pg";
import type { Plan } from "../../core/plan.ts";
import type { Context, Scenario } from "../../core/scenario.ts";
import type { ConnectionStep } from "../../core/step.ts";
import type { Address } from "../../server/address.ts";
import { serverError } from "../../server/connection.ts";
import type { Connections } from "./connections.ts";
import type { Dialect } from "../dialect.ts";
import { sessionPrefix } from "../session-name.ts";
import { OwnConnections } from "./own-connections.ts";
import { PooledConnections } from "./pooled-connections.ts";
import { drive } from "./drive.ts";
import { connectionOver } from "./session-driver.ts";
import { SharedSockets } from "./shared-sockets.ts";

export function connectionsFor(
  plan: Plan,
  {
    scenario,
    address,
    dialect,
    sessions,
  }: {
    readonly scenario: Scenario;
    readonly address: Address;
    readonly dialect: Dialect;
    readonly sessions: readonly number[];
  },
): Connections {
  const settings = {
    driver: plan.driver,
    address,
    dialect,
    nameOf: (session: number) => `${sessionPrefix(scenario)}${session}`,
    isolation: plan.isolation,
    statementTimeoutMs: plan.statementTimeoutMs,
    lockTimeoutMs: plan.lockTimeoutMs,
  };
  if (plan.driverSockets !== null) return new SharedSockets(settings, plan.driverSockets);
  return plan.poolMax === null
    ? new OwnConnections(settings, sessions, plan.connectionsEach)
    : new PooledConnections(settings, plan.poolMax);
}

/** Reads what the scenario draws from. Rejects with a Failure if the scenario refuses, with a ServerError otherwise. */
export async function prepareWorld(
  scenario: Scenario,
  context: Context,
  address: Address,
): Promise<unknown> {
  const client = new pg.Client(address.clientConfig("loadgen/prepare"));
  try {
    await client.connect();
  } catch (error) {
    throw serverError(`cannot connect to ${address.display}`, error);
  }
  // As a pooler takes it, too.
  const connection = connectionOver(client, "plain", "unnamed");
  const stepContext = {
    operation: "prepare",
    signal: new AbortController().signal,
    onStatement: () => undefined,
  };
  try {
    // A service's requests do not begin before the world is there: what is none of a connection's is a bug.
    return await drive(scenario.prepare(context), (step) =>
      connection.perform(step as ConnectionStep, stepContext),
    );
  } finally {
    // A client that died already has nothing to close.
    await client.end().catch(() => undefined);
  }
}
