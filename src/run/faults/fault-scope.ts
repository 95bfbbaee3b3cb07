/**
 * What one fault of a run works with, from its injection to its end: its connections and what it does
 * in the background end with it, whatever became of them.
 */
import type { FaultContext } from "../../faults/fault.ts";
import type { Address } from "../../server/address.ts";
import { type Connection, ServerError } from "../../server/connection.ts";
import { openForFault, type OpenedForFault } from "./fault-connection.ts";

type Base = Omit<FaultContext, "connect" | "background">;

/** Of all connections that the faults of a run ever had, but for the one that they share. */
export class FaultAccount {
  readonly #open = new Set<Connection>();
  #transactionsOfClosed = 0;

  add(connection: Connection): void {
    this.#open.add(connection);
  }

  /** It is over: a fault may open thousands, of which only the count is kept. */
  settle(connection: Connection): void {
    if (this.#open.delete(connection)) this.#transactionsOfClosed += connection.transactions;
  }

  /** That the server ended on them, and one for the start of each. */
  get transactions(): number {
    return [...this.#open].reduce(
      (sum, { transactions }) => sum + transactions,
      this.#transactionsOfClosed,
    );
  }
}

export interface ScopeOptions {
  readonly base: Base;
  /** Of the run's database. */
  readonly address: Address;
  readonly account: FaultAccount;
  /** How long the fault is to last at most. */
  readonly lengthMs: number;
}

export class FaultScope {
  readonly context: FaultContext;
  readonly #options: ScopeOptions;
  readonly #over = new AbortController();
  readonly #opened = new Set<OpenedForFault>();
  readonly #works: Promise<void>[] = [];
  #trouble: string | null = null;

  constructor(options: ScopeOptions) {
    this.#options = options;
    this.context = {
      ...options.base,
      connect: () => this.#connect(),
      background: (work) => this.#begin(work),
    };
  }

  /** Why what it did in the background stopped before its end; null: it did not. */
  get trouble(): string | null {
    return this.#trouble;
  }

  /**
   * Ends the background's work and the connections. Those in the middle of a statement go first: they
   * may wait for a lock of the others, and are not to get it by this. May be called twice.
   */
  async end(): Promise<void> {
    this.#over.abort();
    const busy = [...this.#opened].filter(({ connection }) => connection.isBusy);
    await Promise.all(busy.map((opened) => this.#endOne(opened)));
    await Promise.all([...this.#opened].map((opened) => this.#endOne(opened)));
    await Promise.all(this.#works);
  }

  async #connect(): ReturnType<FaultContext["connect"]> {
    const { address, account, lengthMs } = this.#options;
    const opened = await openForFault(address, lengthMs);
    const { connection, pid } = opened;
    account.add(connection);
    this.#opened.add(opened);
    // The fault may have ended while it connected.
    if (this.#over.signal.aborted) await this.#endOne(opened);
    return {
      pid,
      query: (sql, parameters) => connection.query(sql, parameters),
      end: () => this.#endOne(opened),
    };
  }

  /** A backend in the middle of a statement notices by itself only after a second that nobody is there. */
  async #endOne(opened: OpenedForFault): Promise<void> {
    const { connection, pid } = opened;
    if (connection.isBusy) {
      // With a time to wait (since 14): it is gone then.
      const terminating = "select pg_catalog.pg_terminate_backend($1, $2)";
      await this.#options.base.target.query(terminating, [pid, goneWithinMs]).catch(ignoreServer);
    }
    await connection.close();
    this.#opened.delete(opened);
    this.#options.account.settle(connection);
  }

  #begin(work: (over: AbortSignal) => Promise<void>): void {
    const { signal } = this.#over;
    const ended = work(signal).catch((error: unknown) => {
      if (!signal.aborted) this.#trouble ??= error instanceof Error ? error.message : String(error);
    });
    this.#works.push(ended);
  }
}

/** A backend that is told to go rolls back first, and faults leave little to roll back. */
const goneWithinMs = 5_000;

/** A server that is gone has ended the backend, too. */
function ignoreServer(error: unknown): void {
  if (!(error instanceof ServerError)) throw error;
}
