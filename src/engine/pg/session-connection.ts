/**
 * A connection of a session under test: performs steps, and turns what the server, the driver or
 * the transport say into Failures. There are two, which give the same results: `lean`, which costs
 * the client little, and `plain`, by which `lean` can be checked.
 */
import type pg from "pg";
import type { FailureKind } from "../../core/failure.ts";
import type { Driver } from "../../core/plan.ts";
import type { ConnectionStep, Row } from "../../core/step.ts";
import type { Prepared } from "../dialect.ts";
import { LeanConnection } from "./lean-connection.ts";
import { streamFor } from "./lean-socket.ts";
import { PlainConnection } from "./plain-connection.ts";

export interface StepContext {
  readonly operation: string;
  /** Ends pauses early when the run is over. */
  readonly signal: AbortSignal;
  /** Called with a statement's time at the client, in microseconds. */
  readonly onStatement: (name: string, us: number) => void;
}

/** What a session does with a connection that it was lent. */
export interface LentConnection {
  /** One step at a time. Rejects with a Failure; any other error is a bug. */
  perform(step: ConnectionStep, context: StepContext): Promise<readonly Row[]>;
  /** Drops the connection under whatever runs on it, which fails with this kind and code. */
  abandon(kind: FailureKind, code: string): void;
}

export interface SessionConnection extends LentConnection {
  /** False once the connection is known to be gone. */
  readonly alive: boolean;
  /** How many transactions the server has ended on it, by its own account in each ReadyForQuery. */
  readonly transactionsEnded: number;
  /** Names the session that uses this connection now, where connections are pooled. */
  rename(applicationName: string): Promise<void>;
}

/** What a client is to be made with, so that `connectionOver` finds it as its driver needs it. */
export function driverConfig(driver: Driver): pg.ClientConfig {
  return driver === "lean" ? { stream: streamFor } : {};
}

/**
 * Over a client that is connected, from now on for steps alone; connecting, pooling and closing
 * remain the client's.
 */
export function connectionOver(
  client: pg.ClientBase,
  driver: Driver,
  prepared: Prepared,
): SessionConnection {
  return driver === "lean"
    ? new LeanConnection(client, prepared)
    : new PlainConnection(client, prepared);
}
