/** A server and a generator that never were, for sweeps: throughput follows from a plan by a formula. */
import type { Plan } from "../../src/core/plan.ts";
import type { RunResult } from "../../src/run/result.ts";
import { noLatency } from "../report/latencies.ts";
import { quietRun } from "../report/run-result.ts";

export interface Behaviour {
  readonly perSecond: number;
  /** Of a transaction, that it spends before it has a connection. */
  readonly poolWaitMs?: number;
  readonly connectionsInUseMax?: number;
  readonly backendsMax?: number;
  readonly busyCores?: number;
  readonly gates?: RunResult["gates"];
  readonly verdict?: RunResult["verdict"];
}

export type Model = (plan: Plan) => Behaviour;

/** Equal runs differ by 1 %, in turns. */
const noise = [1, 1.01, 0.99, 1.005, 0.995];

/** What a run of this plan measures, in a closed loop without think time. */
export function performing(model: Model): (plan: Plan) => Promise<RunResult> {
  let count = 0;
  return (plan) => {
    const behaviour = model(plan);
    const perSecond = behaviour.perSecond * (noise[count++ % noise.length] ?? 1);
    return Promise.resolve(resultOf(plan, { ...behaviour, perSecond }));
  };
}

function resultOf(plan: Plan, behaviour: Behaviour): RunResult {
  const { perSecond, poolWaitMs = 0, busyCores = 0.4, gates = {} } = behaviour;
  const latencyUs = { ...noLatency, mean: (plan.sessions / perSecond) * 1_000_000 };
  const atWork =
    Object.keys(gates).length > 0 ? 0 : plan.sessions - (perSecond * poolWaitMs) / 1_000;
  const inUse = behaviour.connectionsInUseMax ?? plan.sessions;
  return {
    ...quietRun,
    verdict: behaviour.verdict ?? quietRun.verdict,
    keptDatabase: behaviour.verdict?.exitCode === 96 ? "loadgen_run_1" : null,
    plan: { ...plan, arrivals: null, faults: plan.faults.map(({ text }) => text) },
    transactions: {
      ...quietRun.transactions,
      committed: perSecond * 1_000,
      lengthMs: 1_000_000,
      perSecond,
      latencyUs,
    },
    concurrency: {
      ...quietRun.concurrency,
      connectionsInUseMax: inUse,
      backendsMax: behaviour.backendsMax ?? inUse,
      poolWaitUs: { ...noLatency, mean: poolWaitMs * 1_000 },
    },
    // All of its service time the transaction is open, and the client's turn.
    waits: [{ type: "Client", event: "ClientRead", samples: quietRun.locks.samples * atWork }],
    gates,
    host: { cores: 2, busyCores, serverCores: busyCores * 0.8, generatorCores: busyCores * 0.2 },
  };
}

/** A pool in front of transactions of 100 ms: ten a second for each connection. */
export function pooled({ sessions, poolMax }: Plan): Behaviour {
  const pool = Math.min(sessions, poolMax ?? sessions);
  const perSecond = 10 * pool;
  return {
    perSecond,
    poolWaitMs: (sessions / perSecond) * 1_000 - 100,
    connectionsInUseMax: pool,
  };
}
