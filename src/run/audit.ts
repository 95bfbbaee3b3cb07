/** Asks the database, after the sessions are gone, whether what must hold in it still holds. */
import type { Plan } from "../core/plan.ts";
import type { System } from "../core/system.ts";
import { checkNoRows, type InvariantResult } from "../invariants/no-rows.ts";
import type { Address } from "../server/address.ts";
import { Connection } from "../server/connection.ts";
import { withParameters } from "../server/sql-parameters.ts";

/** Nothing to ask in a database whose data loadgen did not load: only its own it knows. */
export async function audit(
  system: System | null,
  plan: Plan,
  address: Address,
): Promise<readonly InvariantResult[]> {
  const { fixture } = plan;
  if (system === null || fixture === null) return [];
  return Connection.use(address, "loadgen/audit", async (connection) => {
    const results: InvariantResult[] = [];
    for (const invariant of system.invariants) {
      results.push(
        await checkNoRows(invariant, fixture, (sql) => connection.query(sql), withParameters),
      );
    }
    return results;
  });
}
