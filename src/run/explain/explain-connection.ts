/** A connection on which what fails behind a savepoint takes nothing else with it. */
import { Failure } from "../../core/failure.ts";
import { type ConnectionStep, type Row, statement } from "../../core/step.ts";
import type { SessionConnection } from "../../engine/pg/session-connection.ts";
import { connectionOver } from "../../engine/pg/session-driver.ts";
import type { Connection } from "../../server/connection.ts";

export type Sent = Extract<ConnectionStep, { kind: "query" | "execute" | "copy" }>;

export class ExplainConnection {
  readonly #connection: SessionConnection;
  /** Whose statements they are: it stands in their texts. */
  operation = "";

  constructor({ client }: Connection) {
    // Parsed each time, as EXPLAIN is: otherwise the sixth time may be planned in another way.
    this.#connection = connectionOver(client, "plain", "unnamed");
  }

  perform(step: Sent): Promise<readonly Row[]> {
    return this.#connection.perform(step, {
      operation: this.operation,
      signal: new AbortController().signal,
      onStatement: () => undefined,
    });
  }

  say(sql: string): Promise<readonly Row[]> {
    return this.perform({
      kind: "execute",
      statement: statement("explain", sql),
      parameters: [],
    });
  }

  /** Rejects as `recover` does, or with a Failure that is fatal. */
  async guarded<T>(body: () => Promise<T>, recover: (failure: Failure) => Promise<T>): Promise<T> {
    await this.say(`savepoint ${savepoint}`);
    let result: T;
    try {
      result = await body();
    } catch (failure) {
      if (!(failure instanceof Failure) || failure.fatal) throw failure;
      await this.undo();
      await this.say(`release savepoint ${savepoint}`);
      return recover(failure);
    }
    await this.say(`release savepoint ${savepoint}`);
    return result;
  }

  /** All since the savepoint, which stays. */
  async undo(): Promise<void> {
    await this.say(`rollback to savepoint ${savepoint}`);
  }
}

const savepoint = "loadgen_statement";
