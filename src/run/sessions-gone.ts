/**
 * Waits until no backend of the run's sessions is left: before that, statistics are not complete
 * and a statement whose client gave up may still be working on the data that is to be audited.
 */
import { setTimeout as wait } from "node:timers/promises";
import type { Scenario } from "../core/scenario.ts";
import { sessionPrefix } from "../engine/session-name.ts";
import type { Address } from "../server/address.ts";
import { Connection, ServerError } from "../server/connection.ts";

/** Backends whose clients are gone end by themselves, but for those in the middle of a statement. */
const patienceMs = 5_000;
/** A terminated backend rolls back first; longer than this it is stuck. */
const terminatingMsMax = 30_000;
const pollMs = 50;

const backends = `
  from pg_catalog.pg_stat_activity
  where datname = current_database() and starts_with(application_name, $1)`;

export function awaitSessionsGone(address: Address, scenario: Scenario): Promise<void> {
  return awaitGone(address, sessionPrefix(scenario));
}

/** `prefix`: how their application_name begins. Rejects with a ServerError. */
export async function awaitGone(address: Address, prefix: string): Promise<void> {
  await Connection.use(address, "loadgen/audit", async (connection) => {
    if (await goneWithin(connection, prefix, patienceMs)) return;
    await connection.query(`select pg_terminate_backend(pid) ${backends}`, [prefix]);
    if (await goneWithin(connection, prefix, terminatingMsMax)) return;
    throw new ServerError(`${address.display}: backends of the run do not end`, "");
  });
}

async function goneWithin(connection: Connection, prefix: string, ms: number): Promise<boolean> {
  const deadlineMs = performance.now() + ms;
  while (performance.now() < deadlineMs) {
    const [row] = await connection.query(`select count(*)::int4 as count ${backends}`, [prefix]);
    if (row?.count === 0) return true;
    await wait(pollMs);
  }
  return false;
}
