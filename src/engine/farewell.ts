/**
 * What is left of a connection that ended, and how the words of the server and of the transport
 * become Failures. SQLSTATEs and transport codes decide, never messages.
 */
import { endsConnection, Failure, type FailureKind } from "../core/failure.ts";

/** Why a connection ended, for whatever is performed on it next; or, of kind `sql`, that it did not. */
export interface Farewell {
  readonly kind: FailureKind;
  readonly code: string;
  readonly message: string;
}

export function failureAfter({ kind, code, message }: Farewell, committing: boolean): Failure {
  return new Failure(kind, code, message, committing);
}

interface ErrorResponse {
  readonly severity: string | undefined;
  /** The SQLSTATE. */
  readonly code: string;
  readonly message: string;
}

/** An ErrorResponse: after some the server closes the connection, by their SQLSTATE or their severity. */
export function saidByServer({ severity, code, message }: ErrorResponse): Farewell {
  const fatal = endsConnection(code) || severity === "FATAL" || severity === "PANIC";
  return { kind: fatal ? "connection" : "sql", code, message };
}

/** Of a connection that was closed without a word. */
export const closed: Farewell = Object.freeze({
  kind: "connection",
  code: "connection-lost",
  message: "closed",
});
