/** Getting a session its connection: where to, by what name, and with what it begins. */
import type { Database } from "k6/x/sql";
import { Failure } from "../../../core/failure.ts";
import type { Plan } from "../../../core/plan.ts";
import { statement } from "../../../core/step.ts";
import type { SessionConnections } from "./session.ts";
import { conninfo } from "../conninfo.ts";
import { K6Connection } from "./connection.ts";

export interface SessionDatabaseOptions {
  readonly open: (source: string) => Database;
  /** As `conninfo` writes it, without a password. */
  readonly server: string;
  readonly applicationName: string;
  readonly plan: Plan;
  readonly settingsAtStart: boolean;
  readonly nowMs: () => number;
  readonly pause: (ms: number) => void;
}

const connectSeconds = 20;

export class SessionDatabase implements SessionConnections {
  readonly #options: SessionDatabaseOptions;
  #current: K6Connection | null = null;
  #transactionsGone = 0;
  #lost = 0;

  constructor(options: SessionDatabaseOptions) {
    this.#options = options;
  }

  get current(): K6Connection {
    if (this.#current === null) throw new Error("the session was never connected");
    return this.#current;
  }

  reconnect(): void {
    this.#account();
    const { open, plan, settingsAtStart, nowMs, pause } = this.#options;
    const connection = new K6Connection({
      database: open(this.#source()),
      isolation: plan.isolation,
      keepsBackend: settingsAtStart,
      timeoutMs: plan.timeoutMs,
      nowMs,
      pause,
    });
    this.#current = connection;
    try {
      holdsTransactions(connection);
    } catch (failure) {
      if (connection.alive) connection.close();
      throw failure;
    }
  }

  /** How many transactions the server has ended on all connections, and one for the start of each. */
  get transactionsEnded(): number {
    const current = this.#current === null ? 0 : endedOn(this.#current);
    return this.#transactionsGone + current;
  }

  get lostConnections(): number {
    return this.#lost + (this.#current?.replacements ?? 0);
  }

  /** What is known of the connection is kept. */
  close(): void {
    if (this.#current?.alive === true) this.#current.close();
    else if (this.#current !== null) this.#lost++;
  }

  #account(): void {
    if (this.#current === null) return;
    this.#transactionsGone += endedOn(this.#current);
    this.#lost += this.#current.replacements + 1;
    this.#current = null;
  }

  /** The driver sends what it does not know on to the server as a setting. */
  #source(): string {
    const { server, applicationName, plan, settingsAtStart } = this.#options;
    const settings: Record<string, string> = {
      application_name: applicationName,
      connect_timeout: String(connectSeconds),
      // Parse, Bind and Execute in one message.
      binary_parameters: "yes",
      ...(settingsAtStart
        ? {
            default_transaction_read_only: "on",
            default_transaction_isolation: plan.isolation.replace("-", " "),
            statement_timeout: String(plan.statementTimeoutMs),
            lock_timeout: String(plan.lockTimeoutMs),
          }
        : {}),
    };
    return `${server} ${conninfo(settings)}`;
  }
}

/** The start of each connection is a transaction of its own. */
function endedOn({ transactionsEnded, replacements }: K6Connection): number {
  return transactionsEnded + replacements + 1;
}

const beginning = statement(
  "beginning",
  "select pg_catalog.current_setting('default_transaction_read_only') as read_only",
);

/**
 * A pool that took its connection back after BEGIN would lose the transaction without a word, as
 * other drivers' do. And guard 3 needs connections that begin read-only, which a pooler may not have
 * been told. Throws a Failure.
 */
function holdsTransactions(connection: K6Connection): void {
  const context = { operation: "connect", onStatement: () => undefined };
  connection.begin();
  connection.perform({ kind: "begin", isolation: "read-committed" }, context);
  const [row] = connection.perform(
    { kind: "query", statement: beginning, parameters: [] },
    context,
  );
  try {
    connection.perform({ kind: "commit" }, context);
  } catch (failure) {
    if (!(failure instanceof Failure) || failure.fatal) throw failure;
    throw new Failure("connection", "connection-lost", "the pool does not keep a transaction");
  }
  if (row?.read_only === "on") return;
  const said = String(row?.read_only);
  throw new Failure(
    "connection",
    "not-read-only",
    `expected a connection with default_transaction_read_only = on (a pooler's connect_query sets it), and it is ${said}`,
  );
}
