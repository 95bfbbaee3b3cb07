/**
 * The heart of a run: what it measures with is opened here, in order, and closed again whatever
 * happens. What goes on in between is the stage's.
 */
import type { Crew } from "../engine/crew.ts";
import { K6Crew, type K6CrewOptions, type K6Tools } from "../engine/k6/crew.ts";
import { LocalCrew, wholeShare } from "../engine/pg/local-crew.ts";
import { ThreadCrew } from "../engine/pg/thread-crew.ts";
import { connectionCount } from "../engine/connection-count.ts";
import { sessionPrefix } from "../engine/session-name.ts";
import { type EngineFacts, k6Facts, pgFacts } from "../engine/facts.ts";
import { contextOf } from "./context.ts";
import { withFaultConnection } from "./faults/fault-connection.ts";
import { type ObserverCost, startObserver } from "../observe/observer.ts";
import { tablesIntervalOf } from "./soak.ts";
import { withWays } from "./faults/ways.ts";
import { type MeasureOptions, type Opened, type Performed, Stage } from "./stage.ts";

export interface Measured extends Performed {
  readonly engine: EngineFacts;
  readonly observerCost: ObserverCost;
  /** That the server ended on all connections of faults. */
  readonly faultTransactions: number;
}

/** Rejects with a ServerError or a Failure if the run cannot start, and with bugs. */
export async function measure(options: MeasureOptions): Promise<Measured> {
  const { plan, scenario, address } = options;
  const context = contextOf(plan);
  const note = (text: string) => options.listener.note(text);
  return withWays({ plan, address, armed: options.armed, note }, async (way) => {
    const { dialect } = way;
    const own = { plan, scenario, context, dialect, address: way.address, direct: address };
    const crew = crewFor(own, options.k6);
    try {
      options.listener.phase("reading what the scenario draws from");
      await crew.prepare();
      options.listener.phase(`opening connections: ${connectionCount(plan)}`);
      await crew.open(options.interrupted);
      return await withFaultConnection(address, "loadgen/chaos", (chaosConnection) =>
        perform(options, { crew, chaosConnection, way }),
      );
    } finally {
      await crew.close();
    }
  });
}

function crewFor(options: K6CrewOptions, k6: K6Tools | null): Crew {
  const { engine, sessions, workers } = options.plan;
  if (engine === "k6") {
    if (k6 === null) throw new Error("there is no k6");
    return new K6Crew(options, k6);
  }
  // This thread alone, as long as that is enough: it costs no message.
  return workers === 1 ? new LocalCrew(options, wholeShare(sessions)) : new ThreadCrew(options);
}

async function perform(options: MeasureOptions, opened: Opened): Promise<Measured> {
  const observer = await startObserver({
    address: options.address,
    filter: sessionPrefix(options.scenario),
    clock: () => performance.now(),
    local: options.local,
    tablesIntervalMs: tablesIntervalOf(options.plan),
  });
  const { plan, k6 } = options;
  const engine = k6 === null ? pgFacts(plan, opened.way.dialect) : k6Facts(k6);
  let stopped = false;
  try {
    const stage = new Stage(options, opened, observer);
    const result = await stage.play();
    stopped = true;
    const observerCost = await observer.stop();
    const faultTransactions = opened.chaosConnection.transactions + result.faultTransactions;
    return { ...result, engine, observerCost, faultTransactions };
  } finally {
    if (!stopped) await observer.stop();
  }
}
