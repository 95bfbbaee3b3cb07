/**
 * A connection of a session under test: performs steps, and turns what the server, the driver or
 * the transport say into Failures.
 */
import type { FailureKind } from "../../core/failure.ts";
import type { ConnectionStep, Row } from "../../core/step.ts";

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
