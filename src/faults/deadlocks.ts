/**
 * deadlocks: transactions of the fault's own lock the run's rows in opposite orders.
 *
 * What it does: `pairs` pairs of connections, each of which locks two hot rows of a table FOR UPDATE,
 * one in this order and one in the other, so that each waits for the other one. When the server has
 * ended one of them, both roll back, and after `every` they do it again. Nothing is changed.
 * Why it works: the server looks for a deadlock only when somebody has waited for deadlock_timeout
 * (1 s unless set). So long both rows are locked, and every session that wants one of them waits, and
 * looks for the deadlock in its turn. A session that came to stand between the two in both queues
 * may be the one that is ended: it is told 40P01, as by any deadlock, and tries again.
 * What proves it: our connections or sessions were told 40P01, and the server counted deadlocks
 * meanwhile in pg_stat_database. A table without two rows that stay where they are gives none.
 * What it leaves behind: our numbers in the rows' headers, as every row lock does; no lock.
 * Privileges: UPDATE on the table. Blast radius: database. Managed servers: works on all.
 */
import { counted } from "../core/counted.ts";
import {
  type Fault,
  type FaultConnection,
  type FaultContext,
  type FaultTarget,
  nothingInForce,
} from "./fault.ts";
import { type HotRow, hottestRows, lockInTurn, type Searched, searchIn } from "./hot-rows.ts";
import { beginWithin, lockWithinMs } from "./locking.ts";
import { everyParameter, repeatedly } from "./repeatedly.ts";
import { codeOf, deadlockDetected, lockNotAvailable } from "./sqlstate.ts";
import { hotTableParameter, tableProblems } from "./tables.ts";
import { chooseHot } from "./used-tables.ts";

export const deadlocks: Fault = {
  name: "deadlocks",
  summary: "PAIRS of transactions lock the run's rows in opposite orders, so that one has to end",
  radius: "database",
  dropsConnections: false,
  endsTransactions: true,
  parameters: {
    pairs: { unit: "pairs", min: 1, max: 100, default: 2, help: "of connections, at a time" },
    every: everyParameter(100, "from one deadlock to the next"),
    table: hotTableParameter,
  },

  async check({ target }, { table }) {
    const needed = { table: String(table), anyOf: ["update"] };
    return [
      ...(await tableProblems(target, "deadlocks", needed)),
      ...(await timeoutProblems(target)),
    ];
  },

  async inject(context, { pairs, every, table }) {
    const { oid, name } = await chooseHot(context, String(table));
    const searched = await searchIn(context.target, oid);
    const seen = { rounds: 0, victims: 0 };
    for (let pair = 0; pair < Number(pairs); pair++) {
      const one = await context.connect();
      const other = await context.connect();
      context.background((over) =>
        repeatedly(Number(every), over, async () => {
          const rows = await drawTwo(context, searched, Number(pairs));
          if (rows === null) return;
          seen.rounds++;
          seen.victims += await collide([one, other], rows);
        }),
      );
    }
    const figures = () => Promise.resolve({ table: name, ...seen });
    return { ...nothingInForce, figures };
  },

  prove({ fault, figures }) {
    const { table = "the table", rounds = 0, victims = 0 } = figures;
    const counts = fault.server?.deadlocks ?? null;
    const ofSessions = fault.errors[deadlockDetected] ?? 0;
    const isTold = Number(rounds) > 0 && Number(victims) + ofSessions > 0;
    const told = counts === null ? "did not say how many it met" : `counted ${counts}`;
    return {
      effective: isTold && counts !== null && counts > 0,
      evidence:
        `in ${counted(Number(rounds), "round")} on rows of ${table} our own transactions were ended ` +
        `${counted(Number(victims), "time")} (${deadlockDetected}), the sessions' ${counted(ofSessions, "time")}; ` +
        `the server ${told}`,
    };
  },
};

/** A wait that is given up before the server looks for a deadlock finds none. */
async function timeoutProblems(target: FaultTarget): Promise<readonly string[]> {
  const [row] = await target.query(
    "select setting::int4 as ms from pg_catalog.pg_settings where name = 'deadlock_timeout'",
  );
  const ms = Number(row?.ms);
  if (ms < lockWithinMs) return [];
  return [
    `deadlocks: the server looks for them after ${ms} ms (deadlock_timeout), ` +
      `but waits are given up after ${lockWithinMs} ms: lower the setting`,
  ];
}

/** So many for each pair to choose from, so that pairs seldom choose the same. */
const rowsEach = 4;

/** Null: there are not two. */
async function drawTwo(
  { target, random }: FaultContext,
  searched: Searched,
  pairs: number,
): Promise<readonly [HotRow, HotRow] | null> {
  const rows = await hottestRows(target, searched, rowsEach * pairs);
  if (rows.length < 2) return null;
  const [first, second] = random.distinctBelow(rows.length, 2).map((index) => rows[index]);
  return first === undefined || second === undefined ? null : [first, second];
}

/** How many of the two were ended by the server's deadlock detector. */
async function collide(
  [one, other]: readonly [FaultConnection, FaultConnection],
  [first, second]: readonly [HotRow, HotRow],
): Promise<number> {
  try {
    await Promise.all([beginWithin(one), beginWithin(other)]);
    // Not until each has its own do they go for the other's.
    const own = await Promise.all([lockOr(one, first), lockOr(other, second)]);
    if (own.some((outcome) => outcome !== "locked")) return 0;
    const both = await Promise.all([lockOr(one, second), lockOr(other, first)]);
    return both.filter((outcome) => outcome === "deadlock").length;
  } finally {
    await Promise.all([one.query("rollback"), other.query("rollback")]);
  }
}

/** Not there: it was updated since it was found, or somebody has had it for too long. */
async function lockOr(
  connection: FaultConnection,
  row: HotRow,
): Promise<"locked" | "not there" | "deadlock"> {
  try {
    return (await lockInTurn(connection, row)) ? "locked" : "not there";
  } catch (error) {
    const code = codeOf(error);
    if (code === deadlockDetected) return "deadlock";
    if (code === lockNotAvailable) return "not there";
    throw error;
  }
}
