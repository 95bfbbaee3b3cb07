/** The loop of one session: await its turn, draw, get a connection, run the transaction, record. */
import { Failure } from "../../core/failure.ts";
import type { Phase } from "../../core/random.ts";
import type { Recorder } from "../../metrics/recorder.ts";
import {
  attempts,
  begin,
  type Begun,
  type Books,
  inFlightCode,
  record,
  refused,
  type Transacted,
} from "../bookkeeping.ts";
import type { Connections, Lease } from "./connections.ts";
import type { Decisions } from "../decisions.ts";
import { drive } from "./drive.ts";
import type { Pace } from "./pace.ts";
import { Performer } from "./performer.ts";
import { reconnect } from "./reconnect.ts";
import type { ServicePlaces } from "./service-places.ts";
import { ServiceRequest } from "./service-request.ts";
import type { Stores } from "../stores.ts";
import type { StepContext } from "./session-connection.ts";
import type { Watch, Watchdog } from "./watchdog.ts";

/** What the sessions of a thread share. */
export interface Load extends Books {
  readonly connections: Connections;
  /** Null: the scenario models no service. */
  readonly places: ServicePlaces | null;
  readonly stores: Stores;
  readonly paces: Readonly<Record<Phase, Pace>>;
  readonly recorders: Readonly<Record<Phase, Recorder>>;
  readonly decisions: Decisions;
  readonly watchdog: Watchdog;
  /** Aborts when no new transaction may start. */
  readonly stop: AbortSignal;
  /** Aborts when what still runs is dropped. */
  readonly abandon: AbortSignal;
}

/**
 * Resolves when the session has run all of its transactions, or was stopped. Rejects on bugs only.
 * What is hot here awaits as little as it can: between two statements each hop from one asynchronous
 * function to the next costs as much as a good part of sending one.
 */
export async function runSession(load: Load, session: number): Promise<void> {
  const watch = load.watchdog.watch();
  for (const phase of ["warmup", "measured"] as const) {
    const pace = load.paces[phase];
    for (;;) {
      const next = pace.next(session);
      const turn = next instanceof Promise ? await next : next;
      if (turn === null) break;
      const isUp = load.connections.isReady(session) || (await reconnect(load, session, phase));
      const begun = begin(load, { session, phase, turn }, isUp);
      if (begun === null) break;
      const { places } = load;
      const transacting =
        places === null ? transact(load, begun, watch) : serve(load, { begun, places, watch });
      record(load, begun, await transacting);
    }
  }
}

/** Runs it on a connection; that there was none to be had is an outcome like any other. */
async function transact(load: Load, begun: Begun, watch: Watch): Promise<Transacted> {
  const { session } = begun;
  let lease: Lease;
  try {
    const asked = load.connections.lease(session);
    lease = asked instanceof Promise ? await asked : asked;
  } catch (failure) {
    return { result: refused(failure), poolWaitMs: load.clockMs() - begun.startMs, gateWaitUs: 0 };
  }
  const poolWaitMs = load.clockMs() - begun.startMs;
  const { gateWaitUs } = lease;
  const performer = new Performer(lease, load.stores, stepContext(load, begun));
  watch.begin(performer, performance.now());
  try {
    if (load.abandon.aborted) {
      const failure = new Failure("timeout", inFlightCode, "the run ended");
      return { result: refused(failure), poolWaitMs, gateWaitUs };
    }
    const result = await drive(attempts(load, begun), (step) => performer.perform(step));
    return { result, poolWaitMs, gateWaitUs };
  } finally {
    watch.end();
    load.connections.release(lease);
  }
}

/** Runs it as a request to the modelled service, which takes its connections by itself. */
async function serve(
  load: Load,
  {
    begun,
    places,
    watch,
  }: { readonly begun: Begun; readonly places: ServicePlaces; readonly watch: Watch },
): Promise<Transacted> {
  const { session, phase } = begun;
  const { connections, clockMs, abandon, stores } = load;
  const context = stepContext(load, begun);
  const recorder = load.recorders[phase];
  const around = { session, places, stores, connections, recorder, clockMs, context };
  const request = new ServiceRequest(around);
  const drop = () => request.abandon("timeout", inFlightCode);
  if (abandon.aborted) drop();
  abandon.addEventListener("abort", drop);
  watch.begin(request, performance.now());
  try {
    const result = await drive(attempts(load, begun), (step) => request.perform(step));
    return { result, poolWaitMs: request.poolWaitMs, gateWaitUs: request.gateWaitUs };
  } finally {
    watch.end();
    abandon.removeEventListener("abort", drop);
    request.giveBack();
  }
}

function stepContext({ abandon, recorders }: Load, { phase, planned }: Begun): StepContext {
  const recorder = recorders[phase];
  return {
    operation: planned.operation,
    signal: abandon,
    onStatement: (name, us) => recorder.recordStatement(name, us),
  };
}
