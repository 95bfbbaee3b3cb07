/**
 * Everything that a run needs, decided before it starts and frozen. Below the command line there
 * are no defaults and no optional settings. It is stored as plan.json; `--repeat` reads it again.
 */
import type { ParameterValues } from "./fault-text.ts";
import type { FixtureFiles, PayloadFile } from "./fixture-files.ts";
import type { OptionValue } from "./scenario.ts";
import type { Isolation } from "./step.ts";
import type { FixtureParameters, Strategies } from "./system.ts";

/** One threshold: what a number must satisfy. */
export interface PlannedThreshold {
  /** Where it was written: "scenario" or the path of a threshold file. */
  readonly source: string;
  /** As written, such as `latency{operation:replace-references}`. */
  readonly metric: string;
  /** As written, such as `p(95) < 200ms`. */
  readonly expression: string;
}

export interface PlannedFault {
  /** As written, such as `pool-limit:max=6@10s+20s`. */
  readonly text: string;
  readonly name: string;
  /** Of every parameter that the fault has, in its unit. */
  readonly parameters: ParameterValues;
  /** From the start of the measured time; null: from before the warm-up. */
  readonly startMs: number | null;
  /** Null: until the end of the measured time. */
  readonly lengthMs: number | null;
  /** A side task: it is over when its work is done, at the latest after `lengthMs`. Others lack it. */
  readonly endsByItself?: true | undefined;
}

/** How arrivals of an open loop are spread over time. */
export interface PlannedArrivals {
  readonly distribution: "poisson" | "constant";
  /** Transactions a second at the end of the measured time; `rate` is that at its start. */
  readonly rateAtEnd: number;
  /**
   * The gaps between arrivals by quantile, in millionths of the mean gap: each gap is drawn evenly
   * from this table. Whole numbers that are decided here, so that every engine draws the same.
   */
  readonly gapMillionths: readonly number[];
}

/** A mistake made on purpose, to see that it is found. */
export interface DriverSockets {
  readonly count: number;
  /** How long the driver keeps a socket before each transaction, doing nothing with it. */
  readonly overheadMs: number;
}

/** What drives transactions: Node, with pg, or k6, with xk6-sql. */
export type EngineName = "pg" | "k6";

/** What speaks to the server: our own lean path, or pg alone, its twin. */
export type Driver = "lean" | "plain";

export interface Plan {
  readonly schema: "loadgen.plan/1";
  /** A bundled scenario's name, or the absolute path of the user's own file. */
  readonly scenario: string;
  readonly options: Readonly<Record<string, OptionValue>>;
  readonly system: string | null;
  /** With `existing`: null, or what chose the strategies. */
  readonly variant: string | null;
  /** As the variant has them, or the system's own. */
  readonly strategies: Strategies;
  readonly fixture: FixtureParameters | null;
  /** Where the data's rows come from; null: they are made. */
  readonly fixtureFiles: FixtureFiles | null;
  /** Of the user's own, beside the system's; null: none. */
  readonly payloads: PayloadFile | null;
  readonly engine: EngineName;
  /** The k6 to use; null: our own, or the engine is another one. */
  readonly k6: string | null;
  readonly driver: Driver;
  /** Threads that drive the sessions; session s belongs to thread s modulo workers. */
  readonly workers: number;
  readonly seed: number;
  readonly sessions: number;
  /** One of these two is null. */
  readonly durationMs: number | null;
  readonly transactionsPerSession: number | null;
  /** Transactions a second over all sessions at the start of the measured time; closed loop: null. */
  readonly rate: number | null;
  /** Closed loop: null. */
  readonly arrivals: PlannedArrivals | null;
  readonly warmupMs: number;
  readonly thinkMs: readonly [number, number];
  readonly holdMs: number;
  readonly isolation: Isolation;
  readonly poolMax: number | null;
  /** Of each session, where they have connections of their own. */
  readonly connectionsEach: number;
  /**
   * All sessions share so many sockets inside the driver, which the generator does not know of and
   * its judge is not told; null: they share none.
   */
  readonly driverSockets: DriverSockets | null;
  /** A transaction, at the client. */
  readonly timeoutMs: number;
  readonly graceMs: number;
  readonly statementTimeoutMs: number;
  readonly lockTimeoutMs: number;
  readonly faults: readonly PlannedFault[];
  readonly allowChaosOn: string | null;
  readonly thresholds: readonly PlannedThreshold[];
  /** Null: the embedded server. Without a password: that comes from the environment or a .pgpass file. */
  readonly url: string | null;
  /** Run in the database as it is: no clone, no DDL. */
  readonly existing: boolean;
  /** Transactions that write leave an entry of themselves, by which lost ones are found. */
  readonly ledger: boolean;
  /** Each operation is explained before the run and after it. */
  readonly explain: boolean;
  readonly keep: boolean;
}

/** Freezes a plan through and through. */
export function frozen<T>(value: T): T {
  if (typeof value === "object" && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    Object.values(value).forEach(frozen);
  }
  return value;
}
