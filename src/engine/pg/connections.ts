/**
 * How a session gets its connection: one of its own, for good, or one from a pool for the length
 * of a transaction. In both cases through a gate that the pool-limit fault can narrow.
 */
import pLimit from "p-limit";
import type pg from "pg";
import type { Driver } from "../../core/plan.ts";
import type { Isolation } from "../../core/step.ts";
import type { Address } from "../../server/address.ts";
import { serverError } from "../../server/connection.ts";
import type { Dialect } from "../dialect.ts";
import type { LentConnection } from "./session-connection.ts";
import { driverConfig } from "./session-driver.ts";

export interface ConnectionSettings {
  readonly driver: Driver;
  readonly address: Address;
  readonly dialect: Dialect;
  /** The application_name of a session. */
  readonly nameOf: (session: number) => string;
  /** Also of statements outside BEGIN. */
  readonly isolation: Isolation;
  readonly statementTimeoutMs: number;
  readonly lockTimeoutMs: number;
}

/** A connection, lent for the length of a transaction. */
export interface Lease {
  readonly connection: LentConnection;
  /** Those that the session has beside it. */
  readonly further: readonly LentConnection[];
  /** How long the gate alone kept the session waiting. */
  readonly gateWaitUs: number;
}

export interface Connections<Lent extends Lease = Lease> {
  /** Opens what is to be open before the first transaction. Rejects with a ServerError. */
  open(): Promise<void>;
  /** Whether the session can start a transaction without `reconnect`. */
  isReady(session: number): boolean;
  /** Makes the session ready; true if a connection was lost and replaced for it. */
  reconnect(session: number): Promise<boolean>;
  /**
   * Lends the session a connection, at once or once the gate and the pool allow it. Rejects with a
   * Failure if there is none to be had. What was lent must be released.
   */
  lease(session: number): Lent | Promise<Lent>;
  release(lease: Lent): void;
  /** At most `max` connections may be in use at a time; null: no limit. */
  limit(max: number | null): void;
  /** The most that were ever in use at a time. */
  readonly inUseMax: number;
  /** How many transactions the server has ended on all of them, and one for the start of each. */
  readonly transactionsEnded: number;
  /** Connections that were lost or dropped, and not by `close`. */
  readonly lostConnections: number;
  /** Drops every connection under whatever runs on it. */
  abandonAll(code: string): void;
  close(): Promise<void>;
}

/** So many at once: each is a fork and an authentication at the server, and its backlog is finite. */
const openingAtOnceMax = 10;

export function clientConfig(settings: ConnectionSettings, name: string): pg.ClientConfig {
  const own = { ...settings.address.clientConfig(name), ...driverConfig(settings.driver) };
  if (!settings.dialect.settingsAtStart) return own;
  const isolation = settings.isolation.replace("-", "\\ ");
  return {
    ...own,
    options: `${own.options ?? ""} -c default_transaction_isolation=${isolation}`.trim(),
    statement_timeout: settings.statementTimeoutMs,
    lock_timeout: settings.lockTimeoutMs,
  };
}

/** Settles when each of them is open or refused. */
export function openAll<Wanted, T>(
  wanted: readonly Wanted[],
  open: (one: Wanted) => Promise<T>,
): Promise<readonly PromiseSettledResult<T>[]> {
  const opening = pLimit(openingAtOnceMax);
  return Promise.allSettled(wanted.map((one) => opening(() => open(one))));
}

export function isFulfilled<T>(
  result: PromiseSettledResult<T>,
): result is PromiseFulfilledResult<T> {
  return result.status === "fulfilled";
}

/** Throws a ServerError for the first that was refused. */
export function assertOpened(
  results: readonly PromiseSettledResult<unknown>[],
  address: Address,
): void {
  const failed = results.find((result) => result.status === "rejected");
  if (failed === undefined) return;
  const open = results.filter(isFulfilled).length;
  throw serverError(
    `could open only ${open} of ${results.length} connections to ${address.display}`,
    failed.reason,
  );
}

/** How long it takes until `entering` resolves. */
export async function waitUs(entering: Promise<void>): Promise<number> {
  const startMs = performance.now();
  await entering;
  return (performance.now() - startMs) * 1000;
}
