/** Faults on locks: lock-table, lock-rows, deadlocks, ddl-queue. */
import { describe, expect, it } from "vitest";
import { dms } from "../../fixtures/dms/system.ts";
import { concurrent } from "../../scenarios/dms/concurrent.ts";
import { statement } from "../../src/core/step.ts";
import { execute } from "../../src/core/transaction.ts";
import { ddlQueue } from "../../src/faults/ddl-queue.ts";
import { deadlocks } from "../../src/faults/deadlocks.ts";
import type { FaultParameters, FaultTarget } from "../../src/faults/fault.ts";
import { lockRows } from "../../src/faults/lock-rows.ts";
import { lockTable } from "../../src/faults/lock-table.ts";
import { Connection } from "../../src/server/connection.ts";
import { bundledFixture } from "../../src/server/fixture/fixture.ts";
import { loadFixture } from "../../src/server/fixture/load-fixture.ts";
import { ledgerScenario } from "../helpers/ledger.ts";
import { type FreshDatabase, freshDatabase, until } from "../helpers/postgres.ts";
import { freshRole } from "../helpers/role.ts";
import { placeOf } from "../run/faults/fault.ts";
import { countBackendsOfFaults, endBackendsOfFaults, onEachServer, runFaults } from "./in-run.ts";

const faults = [ddlQueue, deadlocks, lockRows, lockTable];

const count = statement("count", "update counters set n = n + 1 where id = $1 % 4 + 1");

/** Sessions count on four rows of one table; another table has one row that nobody wants. */
const counting = {
  faults,
  scenario: ledgerScenario((amount) => execute(count, amount)),
  prepare: ({ connection }: FreshDatabase) =>
    connection.script(`
      create table lonely as select 1 as id;
      create table counters (id integer primary key, n integer not null);
      insert into counters select id, 0 from generate_series(1, 4) as id;`),
};

const untroubled = { injectProblem: null, undoProblem: null, trouble: null };

function untilInForce(phases: readonly string[]): Promise<void> {
  return until(() => phases.some((text) => text.startsWith("fault in force")), "in force");
}

/** Sessions of the run that wait for a lock, while a fault is in force. */
async function untilWaiting(database: FreshDatabase, phases: readonly string[]): Promise<void> {
  await untilInForce(phases);
  await until(async () => {
    const [row] = await database.connection.query(
      `select count(*)::int4 as count from pg_catalog.pg_stat_activity
       where datname = current_database() and wait_event_type = 'Lock'
         and application_name <> 'loadgen/fault'`,
    );
    return Number(row?.count) > 0;
  }, "a session waits");
}

/** As if somebody else had ended what the fault holds. */
async function untilEnded(database: FreshDatabase, phases: readonly string[]): Promise<void> {
  await untilWaiting(database, phases);
  await endBackendsOfFaults(database);
  await until(async () => (await countBackendsOfFaults(database)) === 0, "ended");
}

describe("faults on locks", () => {
  onEachServer((server) => {
    it.each(["lock-table@100ms", "lock-table:mode=share@100ms"])(
      "%s keeps out who writes, until it is over",
      async (text) => {
        const { course, proof, measured, left } = await runFaults(server(), {
          ...counting,
          texts: [text],
          until: untilWaiting,
        });
        expect(course).toMatchObject(untroubled);
        expect(proof).toMatchObject({ effective: true });
        expect(course.figures).toMatchObject({ table: "public.counters", lock: "granted" });
        expect(measured.timeline.totals.operation("append").errors.size).toBe(0);
        expect(left).toEqual([]);
      },
    );

    it("lock-table proves nothing on a table that nobody wants", async () => {
      const { course, proof } = await runFaults(server(), {
        ...counting,
        texts: ["lock-table:table=public.lonely@100ms"],
        until: (_, phases) => untilInForce(phases),
      });
      expect(proof).toMatchObject({ effective: false });
      expect(course.figures).toMatchObject({ lock: "granted", blocked: 0 });
    });

    it("lock-table proves nothing where its transaction was ended by somebody else", async () => {
      const { course, proof, left } = await runFaults(server(), {
        ...counting,
        texts: ["lock-table@100ms"],
        until: untilEnded,
      });
      expect(proof).toMatchObject({ effective: false });
      expect(course.figures).toMatchObject({ lock: "gone" });
      expect(left).toEqual([]);
    });

    it("lock-rows holds the rows that are changed all the time", async () => {
      const { course, proof, left } = await runFaults(server(), {
        ...counting,
        texts: ["lock-rows@100ms"],
        until: untilWaiting,
      });
      expect(course).toMatchObject(untroubled);
      expect(proof).toMatchObject({ effective: true });
      expect(course.figures).toMatchObject({ table: "public.counters", held: "held" });
      expect(left).toEqual([]);
    });

    it("lock-rows finds rows of the dms that its sessions wait for, be they ever so many", async () => {
      const { course, proof, left } = await runFaults(server(), {
        faults,
        scenario: concurrent,
        texts: ["lock-rows@300ms"],
        plan: { options: { unlocked: false, hot: null } },
        async prepare({ connection }) {
          const sizes = { documents: 2_000, references: 20_000, averageReferences: 10 };
          const fixture = bundledFixture(dms, "current", { ...sizes, partitions: 16, keys: 16 });
          await loadFixture(connection, fixture, () => undefined);
        },
        until: untilWaiting,
      });
      expect(course).toMatchObject(untroubled);
      expect(proof).toMatchObject({ effective: true });
      expect(left).toEqual([]);
    });

    it("lock-rows proves nothing by rows that nobody wants again", async () => {
      const { course, proof } = await runFaults(server(), {
        ...counting,
        texts: ["lock-rows:table=lonely@100ms"],
        until: (_, phases) => untilInForce(phases),
      });
      expect(proof).toMatchObject({ effective: false });
      expect(course.figures).toMatchObject({ locked: 1, held: "held", blocked: 0 });
    });

    it("lock-rows says so where its transaction was ended by somebody else", async () => {
      const { course, proof, left } = await runFaults(server(), {
        ...counting,
        texts: ["lock-rows@100ms"],
        until: untilEnded,
      });
      expect(proof).toMatchObject({ effective: false });
      expect(course.figures).toMatchObject({ held: "gone" });
      expect(left).toEqual([]);
    });

    it("deadlocks are the server's to find, and change nothing", async () => {
      const { course, proof, evidence, left } = await runFaults(server(), {
        ...counting,
        texts: ["deadlocks:pairs=1@100ms"],
        until: (database) =>
          until(async () => {
            const [row] = await database.connection.query(
              "select deadlocks::int4 from pg_catalog.pg_stat_database where datname = current_database()",
            );
            // Whoever was ended in the first one was told by then, and said so.
            return Number(row?.deadlocks) > 1;
          }, "deadlocks are counted"),
      });
      expect(course).toMatchObject(untroubled);
      expect(proof).toMatchObject({ effective: true });
      // The server chooses whom it ends: one of the fault's own, or a session.
      const ended = Number(evidence.figures.victims) + (evidence.fault.errors["40P01"] ?? 0);
      expect(ended).toBeGreaterThan(0);
      expect(left).toEqual([]);
    });

    it("deadlocks prove nothing on a table of one row", async () => {
      const { course, proof } = await runFaults(server(), {
        ...counting,
        texts: ["deadlocks:table=lonely@100ms"],
        until: (_, phases) => untilInForce(phases),
      });
      expect(proof).toMatchObject({ effective: false });
      expect(course.figures).toMatchObject({ rounds: 0, victims: 0 });
    });

    it("deadlocks tell that a connection of theirs was ended by somebody else", async () => {
      const { course, left } = await runFaults(server(), {
        ...counting,
        texts: ["deadlocks@100ms"],
        until: untilEnded,
      });
      expect(course.trouble).not.toBeNull();
      expect(left).toEqual([]);
    });

    it("ddl-queue has everybody wait behind one who waits", async () => {
      const { course, proof, left } = await runFaults(server(), {
        ...counting,
        texts: ["ddl-queue@100ms"],
        until: untilWaiting,
      });
      expect(course).toMatchObject(untroubled);
      expect(proof).toMatchObject({ effective: true });
      expect(course.figures).toMatchObject({ reader: "granted", waiter: "waiting" });
      expect(left).toEqual([]);
    });

    it("ddl-queue proves nothing on a table that nobody wants", async () => {
      const { proof } = await runFaults(server(), {
        ...counting,
        texts: ["ddl-queue:table=lonely@100ms"],
        until: (_, phases) => untilInForce(phases),
      });
      expect(proof).toMatchObject({ effective: false });
      expect(proof.evidence).toContain("0 sessions waited");
    });

    it("ddl-queue gives its lock back at once where the reader was ended by somebody else", async () => {
      const { course, proof, left } = await runFaults(server(), {
        ...counting,
        texts: ["ddl-queue@100ms"],
        async until(database, phases) {
          await untilWaiting(database, phases);
          await database.connection.query(
            `select pg_terminate_backend(activity.pid, 5000)
             from pg_catalog.pg_stat_activity as activity
             join pg_catalog.pg_locks as held on held.pid = activity.pid
             where activity.application_name = 'loadgen/fault' and held.mode = 'AccessShareLock'
               and held.relation = 'counters'::regclass`,
          );
          const counts = async () => {
            const [row] = await database.connection.query("select sum(n) as sum from counters");
            return Number(row?.sum);
          };
          const before = await counts();
          await until(async () => (await counts()) > before, "the sessions go on");
        },
      });
      expect(proof).toMatchObject({ effective: false });
      expect(course.figures).toMatchObject({ reader: "gone", waiter: "gone" });
      expect(course.trouble).toContain("the lock on public.counters was granted");
      expect(left).toEqual([]);
    });

    it("all say what a login lacks, and which table there is not", async () => {
      const database = await freshDatabase(server().address);
      await database.connection.script("create table theirs (id integer)");
      const role = await freshRole(database.address);
      const ask = (table: string) =>
        Connection.use(role.address, "loadgen/test", (target) =>
          Promise.all(faults.map((fault) => fault.check(placeOf(target), { table }))),
        );
      const updating = "needs the privilege UPDATE on any table";
      const locking = "needs the privilege UPDATE or DELETE or TRUNCATE on any table";
      const who = `grant it to ${role.name}`;
      expect(await ask("")).toEqual([
        [
          `ddl-queue needs the privilege SELECT on any table: ${who}`,
          `ddl-queue ${locking}: ${who}`,
        ],
        [`deadlocks ${updating}: ${who}`],
        [`lock-rows ${updating}: ${who}`],
        [`lock-table ${locking}: ${who}`],
      ]);
      expect((await ask("absent")).flat()).toEqual(
        faults.map(({ name }) => `${name}: there is no table absent in this database`),
      );
      await role.drop();
      await database.drop();
    });

    it("deadlocks refuse a server that looks for them too late", async () => {
      const late = server().address;
      const problems = await Connection.use(late, "loadgen/test", async (connection) => {
        await connection.script(
          "create temporary table one (id integer); set deadlock_timeout = '1min'",
        );
        const check = (target: FaultTarget, parameters: FaultParameters) =>
          deadlocks.check(placeOf(target), parameters);
        return check(connection, { table: "one" });
      });
      expect(problems).toEqual([
        "deadlocks: the server looks for them after 60000 ms (deadlock_timeout), " +
          "but waits are given up after 10000 ms: lower the setting",
      ]);
    });
  });
});
