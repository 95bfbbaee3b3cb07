/**
 * What goes wrong inside a transaction, told apart by code and never by message: messages change
 * with locale, version and driver.
 */

/**
 * - `sql`: the server said no; `code` is the SQLSTATE.
 * - `connection`: the connection is gone; `code` is the SQLSTATE of the farewell, or the transport's error code.
 * - `timeout`: the client gave up waiting and dropped the connection.
 * - `refused`: the scenario itself rejected what it read; `code` is its reason.
 */
export type FailureKind = "sql" | "connection" | "timeout" | "refused";

export class Failure extends Error {
  readonly kind: FailureKind;
  /** The key under which it is counted: a SQLSTATE, a transport code or a reason. */
  readonly code: string;
  /** True when it struck while a COMMIT (or a statement that is its own commit) was under way. */
  readonly committing: boolean;
  /** Of what was attempted some is committed all the same, or may be: it must not be done twice. */
  readonly besideCommitted: boolean;

  constructor(
    kind: FailureKind,
    code: string,
    message: string,
    committing = false,
    besideCommitted = false,
  ) {
    super(message);
    this.name = "Failure";
    this.kind = kind;
    this.code = code;
    this.committing = committing;
    this.besideCommitted = besideCommitted;
  }

  /** The same, of an attempt of which some is committed. */
  afterCommitted(): Failure {
    const { kind, code, message, committing } = this;
    return new Failure(kind, code, message, committing, true);
  }

  /** The connection cannot be used again; there is nothing to roll back on it. */
  get fatal(): boolean {
    return this.kind === "connection" || this.kind === "timeout";
  }
}

/** Ends a transaction because of what it read: it is rolled back and counted under `reason`. */
export function refuse(reason: string, message: string): never {
  throw new Failure("refused", reason, message);
}

/**
 * SQLSTATEs after which the server closes the connection: class 08 (connection exception), class
 * 57P (operator intervention; 57P04 and 57P05 are database dropped and idle session timeout) and
 * the two timeouts that end a session. PostgreSQL manual, appendix A.
 */
export function endsConnection(sqlstate: string): boolean {
  return /^(08|57P)/.test(sqlstate) || sqlstate === "25P03" || sqlstate === "25P04";
}

/** What is behind a code: the server's word, the connection, or the scenario itself. */
export type CodeKind = "sqlstate" | "transport" | "refused";

/** Codes of our own for what the transport has no code for. */
const transportCodes = ["connection-lost", "connection-refused", "client-timeout"];

/** System codes such as ECONNRESET are no SQLSTATEs, although EPIPE looks like one: class EP is not used. */
export function kindOfCode(code: string): CodeKind {
  if (/^E[A-Z_]{3,}$/.test(code) || transportCodes.includes(code)) return "transport";
  return /^[0-9A-Z]{5}$/.test(code) ? "sqlstate" : "refused";
}
