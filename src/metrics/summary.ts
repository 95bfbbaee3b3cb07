/** The parts of run.json that are made of measurements alone. Times are whole microseconds. */
import { encodeHistogram } from "./exchange-format.ts";
import type { WindowName } from "../core/window.ts";
import { type LatencySummary, latencySummary } from "./latency.ts";
import type { Tally } from "./tally.ts";
import { countOf, errorsOf, finishedOf, type OperationTally } from "./operation-tally.ts";

export interface OperationSummary {
  /** Committed transactions: those whose latency this is. */
  readonly count: number;
  /** Of these, those that ended within the measured time, a second. */
  readonly perSecond: number;
  /** Without an end within the run; in the latency with the time they had taken by then. */
  readonly censored: number;
  /** Of these, open loop: those that no session was free to start. */
  readonly neverStarted: number;
  readonly latencyUs: LatencySummary;
  readonly serviceUs: LatencySummary;
  /** Open loop: waiting for a free session, from the planned start on. */
  readonly queueWaitUs: LatencySummary;
  /** The latency, in HdrHistogram's compressed V2 format. */
  readonly histogram: string;
  /** The service time, and the wait for a connection, likewise. */
  readonly serviceHistogram: string;
  readonly poolWaitHistogram: string;
  /** Times above the histogram's bound, recorded as the bound. */
  readonly clipped: number;
  readonly failed: { readonly count: number; readonly latencyUs: LatencySummary };
  readonly attempts: AttemptsSummary;
  readonly errors: Readonly<Record<string, number>>;
  /** The first message with each code, cut to 300 characters. */
  readonly errorMessages: Readonly<Record<string, string>>;
}

/** What retries cost, and what they are worth. */
export interface AttemptsSummary {
  /** Of all transactions that finished, the first attempts included. */
  readonly count: number;
  readonly failed: number;
  /** Attempted within the measured time, a second: beside the operation's `perSecond`, which succeeded. */
  readonly perSecond: number;
  /** Session time in attempts that failed. */
  readonly wastedUs: number;
  /** The first attempt, whatever became of it. */
  readonly firstUs: LatencySummary;
  /** From the intended start to the acknowledged COMMIT, of what committed. */
  readonly toSuccessUs: LatencySummary;
}

/** What came to its end within a measured time of this length. */
export interface InTime {
  readonly tally: Tally;
  readonly lengthMs: number;
}

/** By operation, in the order of their names. */
export function operationsSummary(
  tally: Tally,
  inTime: InTime,
): Readonly<Record<string, OperationSummary>> {
  return sorted(tally.operations, (operation, name) =>
    operationSummary(operation, {
      committed: perSecond(inTime.tally.sum(countOf("committed"), name), inTime.lengthMs),
      attempted: perSecond(inTime.tally.sum(attemptsOf, name), inTime.lengthMs),
    }),
  );
}

function operationSummary(
  operation: OperationTally,
  rates: { readonly committed: number; readonly attempted: number },
): OperationSummary {
  const latency = operation.latencyToTell();
  const failed = operation.failed();
  return {
    count: operation.latency.committed.count,
    perSecond: rates.committed,
    censored: operation.censored.count,
    neverStarted: operation.neverStarted,
    latencyUs: latencySummary(latency),
    serviceUs: latencySummary(operation.service),
    queueWaitUs: latencySummary(operation.queueWait),
    histogram: encodeHistogram(latency),
    serviceHistogram: encodeHistogram(operation.service),
    poolWaitHistogram: encodeHistogram(operation.poolWait),
    clipped: latency.clipped,
    failed: { count: failed.count, latencyUs: latencySummary(failed) },
    attempts: {
      count: attemptsOf(operation),
      failed: errorsOf(null)(operation),
      perSecond: rates.attempted,
      wastedUs: Math.round(operation.wastedUs),
      firstUs: latencySummary(operation.firstAttempt),
      toSuccessUs: latencySummary(operation.latency.committed),
    },
    errors: sorted(operation.errors, (count) => count),
    errorMessages: sorted(operation.errorMessages, (message) => message),
  };
}

function attemptsOf(operation: OperationTally): number {
  return finishedOf(operation) + operation.retries;
}

export interface TransactionsSummary {
  readonly committed: number;
  readonly aborted: number;
  readonly unknown: number;
  readonly retries: number;
  /** Of the committed ones, those that ended after the measured time, in the grace period. */
  readonly late: number;
  /** Committed within the measured time, a second. */
  readonly perSecond: number;
  /** Over all operations. */
  readonly latencyUs: LatencySummary;
}

export function transactionsSummary(tally: Tally, inTime: InTime): TransactionsSummary {
  const committed = tally.sum(countOf("committed"));
  return {
    committed,
    aborted: tally.sum(countOf("aborted")),
    unknown: tally.sum(countOf("unknown")),
    retries: tally.sum((operation) => operation.retries),
    late: committed - inTime.tally.sum(countOf("committed")),
    perSecond: perSecond(inTime.tally.sum(countOf("committed")), inTime.lengthMs),
    latencyUs: latencySummary(tally.merged((operation) => operation.latencyToTell())),
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

/** `tally`: of the window and of what had no end within the run, where it lasts to the end; `inTime`: of the window alone. */
export function windowSummary(window: WindowEdges, tally: Tally, inTime: Tally): WindowSummary {
  const { name, fault, startMs, endMs } = window;
  return {
    name,
    fault,
    startMs,
    endMs,
    perSecond: perSecond(inTime.sum(countOf("committed")), endMs - startMs),
    latencyUs: latencySummary(tally.merged((operation) => operation.latencyToTell())),
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

export interface GateSummary {
  /** How many may be inside at a time. */
  readonly capacity: number;
  /** Of requests that entered it and left it. */
  readonly visits: number;
  readonly waitUs: LatencySummary;
  /** Inside, without what a request waited meanwhile for other gates or a connection. */
  readonly holdUs: LatencySummary;
  /** The longest queue. */
  readonly queueMax: number;
}

/** The gates of a modelled service by name, in the order of their names. */
export function gatesSummary(tally: Tally): Readonly<Record<string, GateSummary>> {
  return sorted(tally.gates, ({ capacity, wait, hold, queueMax }) => ({
    capacity,
    visits: hold.count,
    waitUs: latencySummary(wait),
    holdUs: latencySummary(hold),
    queueMax,
  }));
}

/** To a hundredth; 0 for a stretch of no length. */
function perSecond(count: number, lengthMs: number): number {
  return lengthMs > 0 ? Math.round((count * 100_000) / lengthMs) / 100 : 0;
}

/** By code unit, not by locale, so that two machines write the same file. */
function sorted<Value, Result>(
  map: ReadonlyMap<string, Value>,
  convert: (value: Value, key: string) => Result,
): Readonly<Record<string, Result>> {
  const keys = [...map.keys()].sort();
  return Object.fromEntries(keys.map((key) => [key, convert(map.get(key) as Value, key)]));
}
