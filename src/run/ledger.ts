/** The ledger's table in the run's database: made before the sessions open, read once they are gone. */
import type { Phase } from "../core/random.ts";
import { arrivalOwner, Fates, type FateArrays } from "../core/fates.ts";
import { createLedger, ledgerTable } from "../core/ledger-statements.ts";
import { LedgerCheck } from "../invariants/ledger.ts";
import type { Address } from "../server/address.ts";
import { Connection } from "../server/connection.ts";

export async function makeLedger(address: Address): Promise<void> {
  await Connection.use(address, "loadgen/ledger", async (connection) => {
    // A crash may take the run's commits, where the server promises no more; not what finds them.
    await connection.query("set synchronous_commit = on");
    for (const statement of createLedger) await connection.query(statement);
  });
}

/** Rows in memory at a time. */
const pageRows = 20_000;

/** Grouped, so that one that is there twice is one row with a count. */
const declareEntries = `
  declare entries no scroll cursor for
  select phase, owner, number, part, digest::float8 as digest, count(*)::int4 as times
  from ${ledgerTable}
  group by phase, owner, number, part, digest`;

/** Holds what the clients know against every entry that is there. */
export async function checkLedger(
  connection: Connection,
  arrays: FateArrays,
): Promise<LedgerCheck> {
  const check = new LedgerCheck(Fates.from([arrays]));
  await connection.query("begin");
  await connection.query(declareEntries);
  for (;;) {
    const rows = await connection.query(`fetch ${pageRows} from entries`);
    for (const row of rows) {
      const owner = Number(row.owner);
      check.saw({
        phase: row.phase as Phase,
        owner: owner === arrivalOwner ? "arrival" : owner,
        number: Number(row.number),
        part: Number(row.part),
        digest: Number(row.digest),
        times: Number(row.times),
      });
    }
    if (rows.length < pageRows) break;
  }
  await connection.query("commit");
  return check;
}
