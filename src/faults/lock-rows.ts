/**
 * lock-rows: one transaction holds row locks on rows that the sessions want.
 *
 * What it does: SELECT … FOR UPDATE in a transaction that is left open, on up to `rows` rows of a
 * table: those that transactions wrote or locked last, by the headers of the rows on its last pages.
 * It takes those that are free at the time, and comes back for the others until it has enough of
 * them; if all are taken every time, it queues for one, holding no other, so that it cannot deadlock.
 * Why it works: what was wanted a moment ago is wanted again where rows are hot. FOR UPDATE keeps out
 * everybody who wants to change, delete or lock the row, checks of foreign keys that point to it
 * included (manual, 13.3.2); plain reads pass. Without a table it takes the smallest of those in which
 * the sessions are seen to lock, update or delete rows: there they meet on the same ones soonest.
 * What proves it: our transaction still held its lock on the table right before the release, and
 * sessions of the run were seen waiting for its backend. Rows that nobody wants again prove nothing.
 * What it leaves behind: our number in the rows' headers, as every row lock does; no lock.
 * Privileges: UPDATE on the table. Blast radius: database. Managed servers: works on all.
 */
import { setTimeout as wait } from "node:timers/promises";
import { counted } from "../core/counted.ts";
import { blockedText, watchBlocked } from "./blocked-sessions.ts";
import { type Fault, type FaultConnection, nothingInForce } from "./fault.ts";
import { hottestRows, lockFree, lockInTurn, type Searched, searchIn } from "./hot-rows.ts";
import { beginWithin, holdsRowLocks } from "./locking.ts";
import { hotTableParameter, tableProblems } from "./tables.ts";
import { chooseHot } from "./used-tables.ts";

export const lockRows: Fault = {
  name: "lock-rows",
  summary: "a transaction holds locks on ROWS hot rows of TABLE",
  radius: "database",
  dropsConnections: false,
  endsTransactions: true,
  parameters: {
    rows: {
      unit: "rows",
      min: 1,
      max: 10_000,
      default: 10,
      help: "how many, if there are so many",
    },
    table: hotTableParameter,
  },

  check: ({ target }, { table }) =>
    tableProblems(target, "lock-rows", { table: String(table), anyOf: ["update"] }),

  async inject(context, { rows, table }) {
    const { oid, name } = await chooseHot(context, String(table));
    const searched = await searchIn(context.target, oid);
    const holder = await context.connect();
    await beginWithin(holder);
    let locked = await lockFirst(holder, searched, Number(rows));
    if (locked === 0)
      throw new Error(`no row of ${name} could be locked: it has none, or none stays where it is`);
    context.background(async (over) => {
      while (locked < Number(rows)) {
        // The only rejection is the end of the fault.
        await wait(pauseMs, undefined, { signal: over }).catch(() => undefined);
        if (over.aborted) return;
        const left = Number(rows) - locked;
        locked += await lockFree(holder, await hottestRows(holder, searched, left), left);
      }
    });
    const blocked = watchBlocked(context, () => [holder.pid]);
    return {
      ...nothingInForce,
      async figures() {
        const held = await holdsRowLocks(context.target, holder.pid);
        return { table: name, locked, held: held ? "held" : "gone", ...(await blocked()) };
      },
    };
  },

  prove({ figures }) {
    const { table, locked, held } = figures;
    return {
      effective: held === "held" && Number(locked) > 0 && Number(figures.blocked ?? 0) > 0,
      evidence:
        held === undefined
          ? "the server did not say what became of the locks"
          : `right before the release the locks on ${counted(Number(locked), "row")} of ${table} were ${held}; ${blockedText(figures)}`,
    };
  },
};

/** From one try to the next: a transaction or two may have ended by then. */
const pauseMs = 20;
/** Together a fraction of a second. */
const triesMax = 20;

/**
 * Returns with the first rows that it gets; 0 if there are none to be had. It looks at more of them
 * from try to try: where transactions delete what others wrote, the youngest are all about to go.
 */
async function lockFirst(
  holder: FaultConnection,
  searched: Searched,
  rows: number,
): Promise<number> {
  for (let tries = 1; tries <= triesMax; tries++) {
    const found = await hottestRows(holder, searched, rows * tries);
    const locked = await lockFree(holder, found, rows);
    if (locked > 0) return locked;
    const [hottest] = found;
    if (hottest === undefined) return 0;
    const isLastTry = tries === triesMax;
    if (isLastTry && (await lockInTurn(holder, hottest))) return 1;
    await wait(pauseMs);
  }
  return 0;
}
