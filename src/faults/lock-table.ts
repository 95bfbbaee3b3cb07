/**
 * lock-table: one transaction holds a lock on a whole table.
 *
 * What it does: LOCK TABLE in the given mode in a transaction that is left open, on a table with all
 * its partitions: what a migration does while it runs, or somebody who forgot to commit.
 * Why it works: every statement takes a lock on its tables first. ACCESS EXCLUSIVE keeps out
 * everybody, readers, too; EXCLUSIVE all but plain reads; SHARE ROW EXCLUSIVE and SHARE all who write,
 * but not who merely locks rows (manual, 13.3.1).
 * What proves it: pg_locks shows the lock granted to our backend right before the release, and
 * sessions of the run were seen waiting for that backend.
 * What it leaves behind: nothing: the lock ends with the transaction, which is rolled back.
 * It queues for the lock like anybody else, and whoever comes later stands behind it already then.
 * Privileges: UPDATE, DELETE or TRUNCATE on the table. Blast radius: database. Managed servers: works
 * on all.
 */
import { blockedText, watchBlocked } from "./blocked-sessions.ts";
import { type Fault, nothingInForce } from "./fault.ts";
import { beginWithin, modeInCatalog, stateOf } from "./locking.ts";
import { tableParameter, tableProblems } from "./tables.ts";
import { chooseWritten } from "./used-tables.ts";

/** As on the command line, and in SQL. */
const modes = ["access-exclusive", "exclusive", "share-row-exclusive", "share"] as const;

export const lockTable: Fault = {
  name: "lock-table",
  summary: "a transaction holds a lock on the whole TABLE, in MODE",
  radius: "database",
  dropsConnections: false,
  endsTransactions: true,
  parameters: {
    mode: { choices: modes, default: "access-exclusive", help: "how strong the lock is" },
    table: tableParameter,
  },

  check: ({ target }, { table }) =>
    tableProblems(target, "lock-table", {
      table: String(table),
      anyOf: ["update", "delete", "truncate"],
    }),

  async inject(context, { mode, table }) {
    const { oid, name } = await chooseWritten(context, String(table));
    const holder = await context.connect();
    await beginWithin(holder);
    // One of our own words.
    await holder.query(`lock table ${name} in ${String(mode).replaceAll("-", " ")} mode`);
    const blocked = watchBlocked(context, () => [holder.pid]);
    return {
      ...nothingInForce,
      async figures() {
        const lock = { pid: holder.pid, table: oid, mode: modeInCatalog(String(mode)) };
        return {
          table: name,
          lock: (await stateOf(context.target, lock)) ?? "gone",
          ...(await blocked()),
        };
      },
    };
  },

  prove({ figures }, { mode }) {
    const { table, lock } = figures;
    const blocked = Number(figures.blocked ?? 0);
    return {
      effective: lock === "granted" && blocked > 0,
      evidence:
        lock === undefined
          ? "the server did not say what became of the lock"
          : `right before the release the lock on ${table} (${mode}) was ${lock}; ${blockedText(figures)}`,
    };
  },
};
