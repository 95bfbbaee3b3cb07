/** What a run measured, as causes are named from it. Pure; from run.json alone. */
import type { RunResult } from "../run/result.ts";
import type { ClientFigure, GateFigure, Measurements } from "../scaling/measurements.ts";

export function measurementsOf(result: RunResult): Measurements {
  const { concurrency, locks } = result;
  const mean = (total: number) => (locks.samples === 0 ? 0 : total / locks.samples);
  return {
    perSecond: endedPerSecond(result),
    client: clientOf(result),
    samples: locks.samples,
    backendsMax: concurrency.backendsMax,
    busy: concurrency.busySessions.mean,
    active: concurrency.activeSessions.mean,
    idleInTransaction: concurrency.idleInTransaction.mean,
    waits: result.waits.map(({ type, event, samples }) => ({
      type,
      event,
      sessions: mean(samples),
    })),
    edges: locks.edges.map(({ blocked, blocker, relation, count }) => ({
      blocked,
      blocker,
      relation,
      sessions: mean(count),
    })),
    gates: Object.entries(result.gates).map(([name, gate]) => gateOf(name, gate, result)),
    host: result.host,
  };
}

/**
 * Committed within the measured time, whenever they began. run.json counts those that began in it,
 * too: a latency's worth is missing there, and most at the most sessions. The warm-up handed on as many as
 * the end left over, for a closed loop always has as many in flight; without a warm-up none.
 */
function endedPerSecond({ plan, transactions }: RunResult): number {
  const { committed, late, lengthMs } = transactions;
  const handedOn = plan.warmupMs > 0 ? late : 0;
  return lengthMs === 0 ? 0 : ((committed - late + handedOn) * 1000) / lengthMs;
}

function clientOf({ plan, transactions, concurrency, generator }: RunResult): ClientFigure {
  const [leastMs, mostMs] = plan.thinkMs;
  const { mean: poolWaitMs } = concurrency.poolWaitUs;
  return {
    sessions: plan.sessions,
    thinkMs: (leastMs + mostMs) / 2,
    latencyMs: ms(transactions.latencyUs.mean),
    poolWaitMs: poolWaitMs === null ? null : ms(poolWaitMs),
    connectionsInUseMax: concurrency.connectionsInUseMax,
    doubts: generator.doubts,
  };
}

function ms(us: number | null): number {
  return (us ?? 0) / 1000;
}

/** Of a gate the visits are known; of a transaction it takes so many of them on the average. */
function gateOf(
  name: string,
  { capacity, visits, waitUs, holdUs, queueMax }: RunResult["gates"][string],
  { transactions }: RunResult,
): GateFigure {
  const { committed, aborted, unknown } = transactions;
  const perTransaction = visits / Math.max(1, committed + aborted + unknown);
  return {
    name,
    capacity,
    waitMs: ms(waitUs.mean) * perTransaction,
    holdMs: ms(holdUs.mean) * perTransaction,
    queueMax,
  };
}
