/** The loop of one session on k6: the twin of the one on Node, with nothing to await. */
import { Failure } from "../../../core/failure.ts";
import { namedStream, type Phase } from "../../../core/random.ts";
import type { ConnectionStep } from "../../../core/step.ts";
import {
  attempts,
  begin,
  type Begun,
  type Books,
  inFlightCode,
  record,
  type Transacted,
} from "../../bookkeeping.ts";
import type { News } from "../conducting.ts";
import type { Arrivals, InIterations } from "./arrivals.ts";
import type { K6Connection } from "./connection.ts";
import { drive } from "./drive.ts";
import type { SessionRecorder } from "./notes.ts";
import { ClosedPace, OpenPace, type Pace } from "./pace.ts";

export interface SessionLoad extends Books {
  readonly session: number;
  readonly recorders: Readonly<Record<Phase, SessionRecorder>>;
  readonly connections: SessionConnections;
  /** Connections are lent by a pooler, as each transaction begins. */
  readonly isPooled: boolean;
  readonly pause: (ms: number) => void;
  /** Asks for news if it is time, and enters what was noted; `now`: it is. */
  readonly news: (phase: Phase, now: boolean) => News;
  /** Null: a closed loop. */
  readonly arrivals: Arrivals | null;
}

/** The session's connection, and how it gets another one. */
export interface SessionConnections {
  /** The one that there is. */
  readonly current: K6Connection;
  /** Throws a Failure. */
  reconnect(): void;
}

/** The session's transactions, of both phases. Throws on bugs only. */
export function* runSession(load: SessionLoad): InIterations<void> {
  for (const phase of ["warmup", "measured"] as const) {
    const pace = paceOf(load, phase);
    for (;;) {
      const turn = yield* pace.next();
      if (turn === null) break;
      const isUp = load.connections.current.alive || reconnect(load, phase, pace);
      const begun = begin(load, { session: load.session, phase, turn }, isUp);
      if (begun === null) break;
      record(load, begun, transact(load, begun));
      load.news(phase, false);
    }
  }
}

function paceOf(load: SessionLoad, phase: Phase): Pace {
  const { plan, session, clockMs, pause, arrivals } = load;
  const recorder = load.recorders[phase];
  const isStopped = () => load.news(phase, false).stop;
  const settings = { plan, session, phase, recorder, clockMs, pause, isStopped };
  return arrivals === null ? new ClosedPace(settings) : new OpenPace(settings, arrivals);
}

function transact(load: SessionLoad, begun: Begun): Transacted {
  const connection = load.connections.current;
  const recorder = load.recorders[begun.phase];
  const context = {
    operation: begun.planned.operation,
    onStatement: (name: string, us: number) => recorder.recordStatement(name, us),
  };
  connection.begin();
  const result = drive(attempts(load, begun), (step) => {
    try {
      // Where it is none of a connection's, that is a bug, and the connection says so.
      return connection.perform(step as ConnectionStep, context);
    } catch (failure) {
      throw asDropped(load, begun.phase, failure);
    }
  });
  return { result, poolWaitMs: load.isPooled ? null : 0, gateWaitUs: 0 };
}

/** What went with its connection when the run dropped what was left is still in flight. */
function asDropped(load: SessionLoad, phase: Phase, failure: unknown): unknown {
  if (!(failure instanceof Failure) || !failure.fatal) return failure;
  if (!load.news(phase, true).abandoned) return failure;
  return new Failure("timeout", inFlightCode, "the run ended", failure.committing);
}

/** Pauses between attempts: quick enough to see a recovery, slow enough not to be a storm. */
const reconnectPauseMsMax = 500;

/** Whatever takes longer is gone, where nothing but the number of transactions ends a session. */
const reconnectMsMax = 60_000;

/** As on Node. False if the run ended first, or if the session gave up. */
function reconnect(load: SessionLoad, phase: Phase, pace: Pace): boolean {
  const { plan, session, clockMs, connections, pause } = load;
  const recorder = load.recorders[phase];
  const startMs = clockMs();
  const endsInTime = phase === "warmup" || plan.durationMs !== null;
  for (let count = 0; ; count++) {
    try {
      connections.reconnect();
      recorder.reconnected((clockMs() - startMs) * 1000);
      return true;
    } catch (failure) {
      if (!(failure instanceof Failure)) throw failure;
      recorder.reconnectFailed(failure.code);
    }
    const jitter = namedStream(plan.seed, "reconnect", phase, session, count);
    pause(jitter.between(1, Math.min(reconnectPauseMsMax, 10 << Math.min(count, 10))));
    if (pace.isOver()) return false;
    if (!endsInTime && clockMs() >= startMs + reconnectMsMax) {
      recorder.sessionLost();
      return false;
    }
  }
}
