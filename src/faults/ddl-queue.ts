/**
 * ddl-queue: a change of a table waits behind a long reader, and everybody waits behind the change.
 *
 * What it does: one transaction reads the table and is left open (ACCESS SHARE), as a report or a
 * backup is; a second one asks for ACCESS EXCLUSIVE, as an ALTER TABLE does without a lock_timeout.
 * Why it works: the lock's queue is served in order. The reader is in nobody's way, but the one that
 * waits for it is: whoever comes later, plain readers included, stands behind it (manual, 13.3.1).
 * What proves it: right before the release pg_locks showed the reader's lock granted and the other
 * one still waiting, and sessions of the run were seen waiting for the one that waits.
 * What it leaves behind: nothing. Nothing is altered: the second one only ever asks for the lock. It
 * is ended before the reader is, and if the reader should be ended by somebody else, it gives the lock
 * back in the statement that got it, and says so as trouble.
 * Privileges: SELECT, and UPDATE, DELETE or TRUNCATE, on the table. Blast radius: database. Managed
 * servers: works on all.
 */
import { setTimeout as wait } from "node:timers/promises";
import { blockedText, watchBlocked } from "./blocked-sessions.ts";
import { type Fault, type FaultContext, nothingInForce } from "./fault.ts";
import { beginWithin, lockWithinMs, stateOf, type TableLock } from "./locking.ts";
import { tableParameter, tableProblems } from "./tables.ts";
import { chooseWritten } from "./used-tables.ts";

export const ddlQueue: Fault = {
  name: "ddl-queue",
  summary: "a change of TABLE waits behind a long reader, and everybody behind it",
  radius: "database",
  dropsConnections: false,
  endsTransactions: true,
  parameters: { table: tableParameter },

  async check({ target }, { table }) {
    const needs = (anyOf: readonly string[]) =>
      tableProblems(target, "ddl-queue", { table: String(table), anyOf });
    return [
      ...new Set([
        ...(await needs(["select"])),
        ...(await needs(["update", "delete", "truncate"])),
      ]),
    ];
  },

  async inject(context, { table }) {
    const { oid, name } = await chooseWritten(context, String(table));
    const reader = await context.connect();
    await beginWithin(reader);
    await reader.query(`lock table ${name} in access share mode`);
    const waiter = await context.connect();
    context.background(async () => {
      // A transaction of its own, over as soon as it has the lock.
      await waiter.query(`do $$ begin lock table ${name} in access exclusive mode; end $$`);
      throw new Error(
        `the lock on ${name} was granted, since the reader's was gone, and given back`,
      );
    });
    const waiting = { pid: waiter.pid, table: oid, mode: "AccessExclusiveLock" };
    await untilWaiting(context, waiting);
    const blocked = watchBlocked(context, () => [waiter.pid]);
    return {
      ...nothingInForce,
      async figures() {
        const reading = { pid: reader.pid, table: oid, mode: "AccessShareLock" };
        return {
          table: name,
          reader: (await stateOf(context.target, reading)) ?? "gone",
          waiter: (await stateOf(context.target, waiting)) ?? "gone",
          ...(await blocked()),
        };
      },
    };
  },

  prove({ figures }) {
    const { table, reader, waiter } = figures;
    const isQueue = reader === "granted" && waiter === "waiting";
    return {
      effective: isQueue && Number(figures.blocked ?? 0) > 0,
      evidence:
        reader === undefined
          ? "the server did not say what became of the locks"
          : `right before the release the reader's lock on ${table} was ${reader}, that behind it ${waiter}; ${blockedText(figures)}`,
    };
  },
};

const pollMs = 10;

/** In force from when it stands in the queue. Throws where it never does. */
async function untilWaiting({ target }: FaultContext, lock: TableLock): Promise<void> {
  const endMs = performance.now() + lockWithinMs;
  while ((await stateOf(target, lock)) !== "waiting") {
    if (performance.now() > endMs)
      throw new Error("the server does not show who waits for the lock");
    await wait(pollMs);
  }
}
