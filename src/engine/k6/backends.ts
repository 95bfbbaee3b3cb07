/** The sessions' backends, from outside: nothing else reaches whoever waits for one in the driver. */
import type { Scenario } from "../../core/scenario.ts";
import type { Address } from "../../server/address.ts";
import { Connection, ServerError } from "../../server/connection.ts";
import { sessionPrefix } from "../session-name.ts";

/** Ends all of a run's. Rejects on bugs only. */
export async function endBackends(address: Address, scenario: Scenario): Promise<void> {
  try {
    await Connection.use(address, "loadgen/abandon", (connection) =>
      connection.query(
        `select pg_terminate_backend(pid)
        from pg_catalog.pg_stat_activity
        where datname = current_database() and starts_with(application_name, $1)`,
        [sessionPrefix(scenario)],
      ),
    );
  } catch (error) {
    // A server that cannot be asked: what hangs there ends with k6.
    if (!(error instanceof ServerError)) throw error;
  }
}
