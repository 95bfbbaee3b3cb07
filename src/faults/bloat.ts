/**
 * bloat: dead rows all over a table, without a change to what it says.
 *
 * What it does: draws pages from all over the table, and sets a column of their rows to what it is
 * already. Each small transaction takes the rows of a few pages that nobody else has locked.
 * Why it works: an UPDATE writes a whole new version of its row, whatever it changes, and the old one
 * stays until vacuum comes (manual 24.1.2). Full pages have no room for the new versions: the table
 * and its indexes grow, what is alive is spread over more pages, and it does not become smaller again.
 * What sessions feel: one that wants a row waits for a transaction of milliseconds, for it never waits
 * itself while it holds rows (SKIP LOCKED, and a lock_timeout on the table). At read committed that
 * is all. At repeatable read and serializable whoever writes to such a row later than his snapshot
 * fails with 40001, as after any other writer. Dead rows and WAL of a committed transaction count the
 * fault's share. The contents stay, keys and foreign keys too, so that invariants go on to hold; but
 * a trigger on UPDATE would fire, and perhaps write: a table with one is refused.
 * What proves it: the server's count of the rows that it updated, and that the table is larger.
 * What it leaves behind: dead rows until autovacuum has been there, and a table and indexes as large
 * as the budget allows, until VACUUM FULL. The run's database goes with the run.
 * Its budget: how much the table may grow with its indexes, whoever makes it grow. Where the
 * server's machine is not ours, whether there is room for it is not checked.
 * Privileges: SELECT and UPDATE on the table. Blast radius: database. Managed servers: works on all.
 */
import { counted } from "../core/counted.ts";
import { budgetParameter, budgetText, megabytes, roomProblems } from "./budget.ts";
import { deadRows } from "./debts.ts";
import { type Fault, nothingInForce } from "./fault.ts";
import { repeatedly } from "./repeatedly.ts";
import { Rewriting, rewritableLeaves, rewriteProblems } from "./rewriting.ts";
import { chooseTable, tableParameter } from "./tables.ts";

export const bloat: Fault = {
  name: "bloat",
  summary: "makes dead rows all over a table until it has grown by BUDGET",
  radius: "database",
  dropsConnections: false,
  endsTransactions: false,
  parameters: {
    budget: budgetParameter(64 * 1024 ** 2, "how much the table may grow, indexes included"),
    table: tableParameter,
  },

  async check(place, { budget, table }) {
    const room = await roomProblems("bloat", place, Number(budget));
    // Which table the sessions change most shows only once they are at it.
    if (table === "") return room;
    const chosen = await chooseTable(place.target, String(table)).catch(messageOf);
    if (typeof chosen === "string") return [...room, `bloat: ${chosen}`];
    return [...room, ...(await rewriteProblems(place.target, chosen))];
  },

  async inject(context, { budget, table }) {
    const chosen = await chooseTable(context.target, String(table));
    const problems = await rewriteProblems(context.target, chosen);
    if (problems.length > 0) throw new Error(problems.join("; "));
    const leaves = await rewritableLeaves(context.target, chosen);
    const work = await Rewriting.begin(await context.connect(), {
      leaves,
      budgetBytes: Number(budget),
      random: context.random,
    });
    context.background((over) =>
      repeatedly(pauseMs, AbortSignal.any([over, work.spent]), () => work.rewriteSome()),
    );
    const figures = () =>
      Promise.resolve({
        table: chosen.name,
        rows: work.rows,
        grownBytes: work.grownBytes,
        spent: Number(work.spent.aborted),
      });
    return { ...nothingInForce, figures };
  },

  prove({ figures }, { budget }) {
    const { table = "no table", rows = 0, grownBytes = 0, spent = 0 } = figures;
    return {
      effective: Number(rows) > 0 && Number(grownBytes) > 0,
      evidence:
        `it made ${counted(Number(rows), "dead row")} in ${table}, which grew by ` +
        `${megabytes(Number(grownBytes))}${budgetText(spent === 1, Number(budget))}`,
    };
  },
  debt: deadRows,
};

/** For those who wait for its rows. */
const pauseMs = 1;

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
