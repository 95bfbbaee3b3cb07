/**
 * The heart of a run: what it measures with is opened here, in order, and closed again whatever
 * happens. What goes on in between is the stage's.
 */
import type { Context } from "../core/scenario.ts";
import { connectionsFor, prepareWorld, sessionPrefix } from "../engine/pg/load.ts";
import { withFaultConnection } from "./fault-connection.ts";
import { type ObserverCost, startObserver } from "../observe/observer.ts";
import { type MeasureOptions, type Opened, type Performed, Stage } from "./stage.ts";

export interface Measured extends Performed {
  readonly observerCost: ObserverCost;
}

/** Rejects with a ServerError or a Failure if the run cannot start, and with bugs. */
export async function measure(options: MeasureOptions): Promise<Measured> {
  const { plan, scenario, address } = options;
  const context: Context = {
    seed: plan.seed,
    sessions: plan.sessions,
    isolation: plan.isolation,
    holdMs: plan.holdMs,
    // The plan's values were read by this scenario's own declarations.
    options: plan.options as Context["options"],
  };
  options.listener.phase("reading what the scenario draws from");
  const world = await prepareWorld(scenario, context, address);
  const connections = connectionsFor(plan, scenario, address);
  options.listener.phase(`opening connections: ${plan.poolMax ?? plan.sessions}`);
  await connections.open();
  try {
    return await withFaultConnection(address, "loadgen/chaos", (chaosConnection) =>
      perform(options, { context, world, connections, chaosConnection }),
    );
  } finally {
    await connections.close();
  }
}

async function perform(options: MeasureOptions, opened: Opened): Promise<Measured> {
  const observer = await startObserver({
    address: options.address,
    filter: sessionPrefix(options.scenario),
    clock: () => performance.now(),
    local: options.local,
  });
  let stopped = false;
  try {
    const stage = new Stage(options, opened, observer);
    const result = await stage.play();
    stopped = true;
    return { ...result, observerCost: await observer.stop() };
  } finally {
    if (!stopped) await observer.stop();
  }
}
