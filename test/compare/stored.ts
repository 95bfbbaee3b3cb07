/** Stored runs that never were, for what is made of two sides of them. */
import type { RunResult } from "../../src/run/result.ts";
import type { StoredRun } from "../../src/run/stored-run.ts";
import { quietRun } from "../report/run-result.ts";

export interface Given extends Partial<Pick<RunResult, "loadgen" | "verdict" | "noiseKey">> {
  readonly perSecond?: number;
  /** Null: too few transactions. */
  readonly p99?: number | null;
  readonly aborted?: number;
  readonly plan?: Partial<RunResult["plan"]>;
  readonly settings?: RunResult["server"]["settings"];
  readonly isOverloaded?: boolean;
}

export function resultWith({
  perSecond = 100,
  p99 = 20_000,
  aborted = 0,
  plan = {},
  settings = {},
  isOverloaded = false,
  ...given
}: Given): RunResult {
  const { transactions } = quietRun;
  return {
    ...quietRun,
    plan: { ...quietRun.plan, ...plan },
    server: { ...quietRun.server, settings },
    transactions: {
      ...transactions,
      aborted,
      perSecond,
      latencyUs: { ...transactions.latencyUs, p99 },
    },
    offered: isOverloaded
      ? {
          ...{ due: 1, isOverloaded, perSecond: 1, neverStarted: 0, waitingMax: 0 },
          ...{ waitingAtEnd: 0, queueWaitUs: transactions.latencyUs },
        }
      : null,
    ...given,
  };
}

export function storedAs(folder: string, given: Given): StoredRun {
  return { folder, result: resultWith(given) };
}

/** One run for each throughput. */
export function sideOf(name: string, ...throughputs: readonly number[]) {
  const runs = throughputs.map((perSecond, index) =>
    storedAs(`/reports/${name}-${index}`, { perSecond }),
  );
  return { name, runs };
}
