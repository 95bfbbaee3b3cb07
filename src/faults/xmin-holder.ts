/**
 * xmin-holder: an idle transaction keeps vacuum from removing what it might still see.
 *
 * What it does: one connection of its own begins a REPEATABLE READ transaction, takes a snapshot, and
 * does nothing more, as an application does that forgets a transaction or a report that runs for hours.
 * Why it works: vacuum, and pruning with it, keeps every version that some snapshot of the database may
 * still see (manual 24.1.2). All rows that die meanwhile stay, autovacuum comes in vain and comes again,
 * and index scans step over the dead. Catalogs that databases share are kept back, too, for as long.
 * What proves it: by pg_stat_activity the backend_xmin of that connection is at the end what it was
 * at the start, while transaction ids went on and no other snapshot of the database is as old. Without
 * writes there are no new ids: then nothing was held back, and the proof says no. The rows that were
 * dead at both edges stand beside it.
 * What it leaves behind: dead rows, until autovacuum has been there once more. The transaction ends
 * with its connection, or by the server's idle_in_transaction_session_timeout.
 * Privileges: none. Blast radius: database, for horizons of ordinary tables are each database's own.
 * Managed servers: works on all.
 */
import { countText } from "../core/counted.ts";
import { deadRows } from "./debts.ts";
import { type Fault, type FaultTarget, nothingInForce } from "./fault.ts";

export const xminHolder: Fault = {
  name: "xmin-holder",
  summary: "an idle transaction with a snapshot: vacuum removes nothing that dies after it",
  radius: "database",
  dropsConnections: false,
  endsTransactions: false,
  parameters: {},

  // Whoever may connect may have a snapshot.
  check: () => Promise.resolve([]),

  async inject(context) {
    const { target } = context;
    const holder = await context.connect();
    await holder.query("begin isolation level repeatable read, read only");
    // The snapshot is taken with the first statement, and kept from then on.
    await holder.query("select pg_catalog.pg_backend_pid()");
    const before = await horizonOf(target, holder.pid);
    const figures = async () => {
      const { xmin, age, others } = await horizonOf(target, holder.pid);
      return { xminBefore: before.xmin, ageBefore: before.age, xmin, age, others };
    };
    return { ...nothingInForce, figures };
  },

  prove({ fault: { tables }, figures }) {
    const { xminBefore = "", xmin = "", ageBefore = 0, age = 0, others = 0 } = figures;
    const passed = Number(age) - Number(ageBefore);
    const held = xmin !== "" && xmin === xminBefore;
    const rows =
      tables === null
        ? "the table statistics could not be read"
        : `dead rows went from ${countText(tables.deadTuplesAtStart)} to ` +
          `${countText(tables.deadTuplesAtEnd)} over ${tables.autovacuums} vacuums`;
    const horizon = held
      ? `its snapshot stayed at xmin ${xmin} while ${countText(passed)} transaction ids passed`
      : `its snapshot is not what it was (xmin ${xminBefore || "none"}, then ${xmin || "none"})`;
    const rivals = Number(others) > 0 ? `, but ${others} other snapshots are as old` : "";
    return {
      effective: held && passed > 0 && Number(others) === 0,
      evidence: `${horizon}${rivals}; ${rows}`,
    };
  },
  debt: deadRows,
};

interface Horizon {
  /** Empty: the connection is gone, or holds nothing. */
  readonly xmin: string;
  /** In transaction ids. */
  readonly age: number;
  /** Sessions of the database that hold back as much. */
  readonly others: number;
}

async function horizonOf(target: FaultTarget, pid: number): Promise<Horizon> {
  const [row] = await target.query(
    `with held as (
       select pid, backend_xmin, greatest(age(backend_xmin), age(backend_xid)) as age
       from pg_catalog.pg_stat_activity
       where datname = current_database() and backend_type = 'client backend'
     )
     select backend_xmin::text as xmin, age,
       (select count(*) from held as other where other.pid <> ours.pid and other.age >= ours.age)::int4
         as others
     from held as ours
     where pid = $1`,
    [pid],
  );
  return {
    xmin: String(row?.xmin ?? ""),
    age: Number(row?.age ?? 0),
    others: Number(row?.others ?? 0),
  };
}
