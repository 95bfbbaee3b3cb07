/** Ends sessions that hang in the driver: their backends are all that can be reached of them. */
import { setTimeout as wait } from "node:timers/promises";
import type { Scenario } from "../../core/scenario.ts";
import type { Address } from "../../server/address.ts";
import { Connection, ServerError } from "../../server/connection.ts";
import { sessionPrefix } from "../session-name.ts";

export interface Hanging {
  /** The run's database, with nothing in front of it: what holds up the sessions does not hold up us. */
  readonly direct: Address;
  readonly scenario: Scenario;
  /** Resolves when all sessions have ended. */
  readonly ended: Promise<void>;
}

/** Of a server that is gone, or a network that swallows: then nothing ends them but k6's own end. */
const abandonedMsMax = 10_000;

/** Whoever waits in a pooler is lent the next connection, so that all are ended again and again. */
const everyMs = 100;

/** Resolves when they have ended, or when that has taken too long. */
export async function endBackends({ direct, scenario, ended }: Hanging): Promise<void> {
  let isOver = false;
  // Nobody is to wait for it once the sessions have ended.
  const late = wait(abandonedMsMax, undefined, { ref: false });
  const over = Promise.race([ended, late]).finally(() => (isOver = true));
  const ending = Connection.use(direct, "loadgen/abandon", async (connection) => {
    while (!isOver) {
      await connection.query(
        `select pg_terminate_backend(pid)
        from pg_catalog.pg_stat_activity
        where datname = current_database() and starts_with(application_name, $1)`,
        [sessionPrefix(scenario)],
      );
      await Promise.race([over, wait(everyMs)]);
    }
  }).catch((error: unknown) => {
    // A server that cannot be asked: what hangs there ends with k6.
    if (!(error instanceof ServerError)) throw error;
  });
  // Nor is a server waited for that has stopped answering. A bug is told at once.
  await Promise.race([over, ending.then(() => over)]);
}
