/** What the pool-limit fault does: fewer connections in use at a time, for a while. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Plan } from "../../../src/core/plan.ts";
import { statement } from "../../../src/core/step.ts";
import { query } from "../../../src/core/transaction.ts";
import { readActivity } from "../../../src/observe/activity.ts";
import {
  append,
  Barrier,
  ledgerDatabase,
  ledgerScenario,
  pass,
  Rig,
} from "../../helpers/ledger.ts";
import type { FreshDatabase } from "../../helpers/postgres.ts";

let database: FreshDatabase;

beforeEach(async () => {
  database = await ledgerDatabase();
});

afterEach(() => database.drop());

/** Counts those who are inside at the same time, by a lock that each holds until its COMMIT. */
const holders = statement(
  "holders",
  `insert into inside
   select count(*) from pg_catalog.pg_locks
    where locktype = 'advisory' and objid = 1 and granted
      and database = (select oid from pg_catalog.pg_database where datname = current_database())`,
);

const counted = ledgerScenario(function* (amount) {
  yield* pass(1);
  yield* query(holders);
  yield* append(amount);
  yield* pass(2);
});

/** `together`: how many the server sees without the limit; `known`: as far as the generator knows. */
describe.each<[string, Partial<Plan>, { readonly together: number; readonly known: number }]>([
  ["connections of their own", {}, { together: 8, known: 8 }],
  ["a pool of six", { poolMax: 6 }, { together: 6, known: 6 }],
  [
    "six sockets of the driver's",
    { driverSockets: { count: 6, overheadMs: 0 } },
    { together: 6, known: 8 },
  ],
])("a limit on sessions with %s", (_, given, { together, known }) => {
  it("holds at the server until it is lifted, and the wait for it is kept apart", async () => {
    await database.connection.script("create table inside (holders integer)");
    const barrier = await Barrier.close(database.address, 2);
    const rig = await Rig.open(database.address, {
      scenario: counted,
      plan: { sessions: 8, transactionsPerSession: 10, ...given },
    });
    try {
      rig.connections.limit(2);
      const driving = rig.drive();
      await barrier.untilWaiting(2);
      const queuedMs = performance.now();
      const seen = await readActivity(database.connection, "loadgen/ledger/");
      expect(seen.busy).toBe(2);
      const limitedMs = performance.now() - queuedMs;
      rig.connections.limit(null);
      // Those inside have not moved: it is the others that come in.
      await barrier.untilWaiting(together);
      rig.connections.limit(2);
      await barrier.open();
      await driving;
      expect(rig.counts()).toMatchObject({ started: 80, committed: 80, aborted: 0 });
      expect(rig.connections.inUseMax).toBe(known);
      const { poolWait, gateWait } = rig.tally().operation("append");
      for (const wait of [poolWait, gateWait]) {
        expect(wait.count).toBe(80);
        expect(wait.max).toBeGreaterThanOrEqual(Math.floor(limitedMs * 1000));
      }
    } finally {
      await rig.close();
      await barrier.end();
    }
  });

  it("lets nobody in beyond it, transaction after transaction", async () => {
    await database.connection.script("create table inside (holders integer)");
    const barrier = await Barrier.close(database.address, 2);
    const rig = await Rig.open(database.address, {
      scenario: counted,
      plan: { sessions: 8, transactionsPerSession: 10, ...given },
    });
    try {
      rig.connections.limit(2);
      const driving = rig.drive();
      await barrier.untilWaiting(2);
      await barrier.open();
      await driving;
      expect(rig.connections.inUseMax).toBe(2);
    } finally {
      await rig.close();
      await barrier.end();
    }
    const [inside] = await database.connection.query(
      "select count(*)::int4 as count, max(holders)::int4 as most from inside",
    );
    expect(inside).toEqual({ count: 80, most: 2 });
  });
});
