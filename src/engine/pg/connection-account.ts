/** Keeps account of every connection that sessions ever had. */
import type { SessionConnection } from "./session-connection.ts";

export class ConnectionAccount {
  /** Those that are, and those that died since the last one was added. */
  readonly #connections = new Set<SessionConnection>();
  #transactionsGone = 0;
  #gone = 0;

  /** Takes in one more, and gives it back. */
  with(connection: SessionConnection): SessionConnection {
    for (const known of this.#connections) {
      if (known.alive) continue;
      this.#transactionsGone += known.transactionsEnded + 1;
      this.#gone++;
      this.#connections.delete(known);
    }
    this.#connections.add(connection);
    return connection;
  }

  /** How many transactions the server has ended on all of them, and one for the start of each. */
  get transactionsEnded(): number {
    const each = [...this.#connections].map((connection) => connection.transactionsEnded + 1);
    return each.reduce((sum, one) => sum + one, this.#transactionsGone);
  }

  /** How many have died. */
  get lost(): number {
    return this.#gone + [...this.#connections].filter(({ alive }) => !alive).length;
  }
}
