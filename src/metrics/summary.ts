/** The parts of run.json that are made of measurements alone. Times are whole microseconds. */
import type { WindowName } from "../core/window.ts";
import { type LatencySummary, latencySummary } from "./latency.ts";
import { countOf, type OperationTally, type Tally } from "./tally.ts";

export interface OperationSummary {
  /** Committed transactions: those whose latency this is. */
  readonly count: number;
  /** Still under way at the end. */
  readonly censored: number;
  readonly latencyUs: LatencySummary;
  readonly serviceUs: LatencySummary;
  /** The latency, in HdrHistogram's compressed V2 format. */
  readonly histogram: string;
  /** Times above the histogram's bound, recorded as the bound. */
  readonly clipped: number;
  readonly failed: { readonly count: number; readonly latencyUs: LatencySummary };
  readonly errors: Readonly<Record<string, number>>;
}

/** By operation, in the order of their names. */
export function operationsSummary(tally: Tally): Readonly<Record<string, OperationSummary>> {
  return sorted(tally.operations, operationSummary);
}

function operationSummary(operation: OperationTally): OperationSummary {
  const { committed } = operation.latency;
  const failed = operation.failed();
  return {
    count: committed.count,
    censored: operation.censored.count,
    latencyUs: latencySummary(committed),
    serviceUs: latencySummary(operation.service),
    histogram: committed.encode(),
    clipped: committed.clipped,
    failed: { count: failed.count, latencyUs: latencySummary(failed) },
    errors: sorted(operation.errors, (count) => count),
  };
}

export interface TransactionsSummary {
  readonly committed: number;
  readonly aborted: number;
  readonly unknown: number;
  readonly retries: number;
  /** Committed, a second of measured time. */
  readonly perSecond: number;
}

export function transactionsSummary(tally: Tally, lengthMs: number): TransactionsSummary {
  return {
    committed: tally.sum(countOf("committed")),
    aborted: tally.sum(countOf("aborted")),
    unknown: tally.sum(countOf("unknown")),
    retries: tally.sum((operation) => operation.retries),
    perSecond: committedPerSecond(tally, lengthMs),
  };
}

export interface WindowSummary {
  readonly name: WindowName;
  readonly fault: string;
  readonly startMs: number;
  readonly endMs: number;
  readonly perSecond: number;
  readonly latencyUs: LatencySummary;
  readonly poolWaitUs: LatencySummary;
}

type WindowEdges = Pick<WindowSummary, "name" | "fault" | "startMs" | "endMs">;

export function windowSummary(window: WindowEdges, tally: Tally): WindowSummary {
  const { name, fault, startMs, endMs } = window;
  return {
    name,
    fault,
    startMs,
    endMs,
    perSecond: committedPerSecond(tally, endMs - startMs),
    latencyUs: latencySummary(tally.merged((operation) => operation.latency.committed)),
    poolWaitUs: poolWaitSummary(tally),
  };
}

export function poolWaitSummary(tally: Tally): LatencySummary {
  return latencySummary(tally.merged((operation) => operation.poolWait));
}

export interface StatementSummary {
  readonly count: number;
  readonly serviceUs: LatencySummary;
}

/** By statement name, in the order of their names. */
export function statementsSummary(tally: Tally): Readonly<Record<string, StatementSummary>> {
  return sorted(tally.statements, (histogram) => ({
    count: histogram.count,
    serviceUs: latencySummary(histogram),
  }));
}

/** To a hundredth; 0 for a stretch of no length. */
function committedPerSecond(tally: Tally, lengthMs: number): number {
  const committed = tally.sum(countOf("committed"));
  return lengthMs > 0 ? Math.round((committed * 100_000) / lengthMs) / 100 : 0;
}

/** By code unit, not by locale, so that two machines write the same file. */
function sorted<Value, Result>(
  map: ReadonlyMap<string, Value>,
  convert: (value: Value) => Result,
): Readonly<Record<string, Result>> {
  const keys = [...map.keys()].sort();
  return Object.fromEntries(keys.map((key) => [key, convert(map.get(key) as Value)]));
}
