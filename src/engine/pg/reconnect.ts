/** Getting a session its connection back, at a pace that the server can bear. */
import { setTimeout as wait } from "node:timers/promises";
import type { Plan } from "../../core/plan.ts";
import { namedStream, type Phase } from "../../core/random.ts";
import type { Recorder } from "../../metrics/recorder.ts";
import type { Connections } from "./connections.ts";

/** What it takes of what the sessions of a thread share. */
interface Reconnecting {
  readonly plan: Plan;
  readonly connections: Connections;
  readonly recorders: Readonly<Record<Phase, Recorder>>;
  /** Milliseconds since the measured time began; negative in the warm-up. */
  readonly clockMs: () => number;
  /** Aborts when no new transaction may start. */
  readonly stop: AbortSignal;
}

/** Pauses between attempts to reconnect: quick enough to see a recovery, slow enough not to be a storm. */
const reconnectPauseMsMax = 500;

/**
 * A server that restarts is back within this, crash recovery of a test's database included. Whatever
 * takes longer is gone, and a session that has no other end would wait for it for ever.
 */
export const reconnectMsMax = 60_000;

/**
 * Reconnects; in a closed loop the time is lost time, not latency. False if the run ended first,
 * or, where nothing but the number of transactions ends it, if the session gave up.
 */
export async function reconnect(
  load: Reconnecting,
  session: number,
  phase: Phase,
): Promise<boolean> {
  const recorder = load.recorders[phase];
  const startMs = load.clockMs();
  const endsInTime = phase === "warmup" || load.plan.durationMs !== null;
  for (let attempts = 0; ; attempts++) {
    try {
      const replaced = await load.connections.reconnect(session);
      if (replaced) recorder.reconnected((load.clockMs() - startMs) * 1000);
      return true;
    } catch (error) {
      recorder.reconnectFailed(codeOf(error));
    }
    const jitter = namedStream(load.plan.seed, "reconnect", phase, session, attempts);
    const pauseMs = jitter.between(1, Math.min(reconnectPauseMsMax, 10 << Math.min(attempts, 10)));
    await wait(pauseMs, undefined, { signal: load.stop }).catch(() => undefined);
    if (load.stop.aborted || isOver(load, phase)) return false;
    if (!endsInTime && load.clockMs() >= startMs + reconnectMsMax) {
      recorder.sessionLost();
      return false;
    }
  }
}

function isOver({ plan, clockMs }: Reconnecting, phase: Phase): boolean {
  return clockMs() >= (phase === "warmup" ? 0 : (plan.durationMs ?? Number.POSITIVE_INFINITY));
}

function codeOf(error: unknown): string {
  return (error as { code?: string } | null)?.code ?? "connection-lost";
}
