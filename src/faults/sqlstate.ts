/** By which code the server refused something: codes decide, messages are for people. */

/** A SQLSTATE or a transport code; empty where there is none. */
export function codeOf(error: unknown): string {
  const code = (error as { readonly code?: unknown } | null)?.code;
  return typeof code === "string" ? code : "";
}

/** query_canceled: a statement that was cancelled, and one that took longer than its timeout. */
export const queryCanceled = "57014";

/** too_many_connections: no slot is left for this login. */
export const tooManyConnections = "53300";

export const deadlockDetected = "40P01";

/** lock_not_available: a lock was not granted within lock_timeout. */
export const lockNotAvailable = "55P03";
