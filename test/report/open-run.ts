/** The result of an open loop, for tests of reports. */
import type { RunResult } from "../../src/run/result.ts";
import { noLatency } from "./latencies.ts";
import { quietRun } from "./run-result.ts";

/** The quiet run, if its arrivals had been planned. */
export const openRun: RunResult = {
  ...quietRun,
  plan: {
    ...quietRun.plan,
    rate: 617,
    arrivals: { distribution: "poisson", rateAtEnd: 617 },
    thinkMs: [0, 0],
  },
  steadiness: { kind: "steady", figure: "mean latency", change: 0.01, p: 0.8 },
  offered: {
    due: 12_345,
    isOverloaded: false,
    perSecond: 617.25,
    neverStarted: 0,
    waitingMax: 0,
    waitingAtEnd: 0,
    queueWaitUs: { ...noLatency, mean: 15, p50: 0, p99: 400, max: 700 },
  },
};
