/** Faults on sessions and slots: kill-backends, cancel-queries, connection-storm, max-connections. */
import { beforeAll, describe, expect, it } from "vitest";
import { statement } from "../../src/core/step.ts";
import { execute } from "../../src/core/transaction.ts";
import { cancelQueries } from "../../src/faults/cancel-queries.ts";
import { connectionStorm } from "../../src/faults/connection-storm.ts";
import type { FaultTarget } from "../../src/faults/fault.ts";
import { killBackends } from "../../src/faults/kill-backends.ts";
import { maxConnections } from "../../src/faults/max-connections.ts";
import { Connection } from "../../src/server/connection.ts";
import { startEmbedded, stopEmbedded } from "../../src/server/embedded.ts";
import { append, ledgerScenario } from "../helpers/ledger.ts";
import { type FreshDatabase, until } from "../helpers/postgres.ts";
import { freshRole } from "../helpers/role.ts";
import { placeOf } from "../run/faults/fault.ts";
import {
  countBackendsOfFaults,
  endBackendsOfFaults,
  type FaultServer,
  onEachServer,
  runFaults,
} from "./in-run.ts";

const faults = [cancelQueries, connectionStorm, killBackends, maxConnections];

const work = statement("work", "select pg_sleep(0.02)");

/** Transactions that are in the middle of a statement nearly all the time. */
const busy = {
  faults,
  scenario: ledgerScenario(function* (amount) {
    yield* append(amount);
    yield* execute(work);
  }),
  plan: { thinkMs: [0, 0] as const },
};

const untroubled = { injectProblem: null, undoProblem: null, trouble: null };

async function databaseCount(database: FreshDatabase, column: string): Promise<number> {
  const [row] = await database.connection.query(
    `select ${column}::int4 as count from pg_catalog.pg_stat_database where datname = current_database()`,
  );
  return Number(row?.count);
}

/** So many sessions more than when the fault came. */
async function untilSessionsRise(
  database: FreshDatabase,
  phases: readonly string[],
  by: number,
): Promise<void> {
  await until(() => phases.some((text) => text.startsWith("fault in force")), "the fault comes");
  const before = await databaseCount(database, "sessions");
  const rise = async () => (await databaseCount(database, "sessions")) - before;
  await until(async () => (await rise()) >= by, `${by} sessions more`);
}

describe("faults on sessions", () => {
  onEachServer((server) => {
    it("kill-backends ends sessions, which the server confirms, and which come back", async () => {
      // On a busy machine several are ended between two statements before one is in the middle of one.
      let errors = 0;
      const { course, proof, evidence, measured, left } = await runFaults(server(), {
        ...busy,
        texts: ["kill-backends:count=2,every=50ms@200ms"],
        enough(sample) {
          errors += sample.errors;
          return false;
        },
        async until(database) {
          // Two are ended at a time: those of the last time may not be in the figures.
          const killed = () => databaseCount(database, "sessions_killed");
          await until(async () => errors >= 4 && (await killed()) >= 6, "killed, and felt");
        },
      });
      expect(course).toMatchObject(untroubled);
      expect(proof).toMatchObject({ effective: true });
      expect(Number(evidence.figures.gone)).toBeGreaterThanOrEqual(4);
      expect(evidence.fault.errors["57P01"]).toBeGreaterThan(0);
      expect(measured.timeline.totals.reconnects).toBeGreaterThan(0);
      expect(measured.timeline.totals.sessionsLost).toBe(0);
      expect(left).toEqual([]);
    });

    it("cancel-queries fails statements and keeps the connections", async () => {
      const { course, proof, evidence, measured, left } = await runFaults(server(), {
        ...busy,
        texts: ["cancel-queries:count=2,every=20ms@200ms"],
        enough: ({ errors }) => errors > 0,
      });
      expect(course).toMatchObject(untroubled);
      expect(proof).toMatchObject({ effective: true });
      expect(Object.keys(evidence.fault.errors)).toEqual(["57014"]);
      expect(measured.timeline.totals.reconnects).toBe(0);
      expect(left).toEqual([]);
    });

    it("cancel-queries proves nothing where no session is in the middle of a statement", async () => {
      const { proof } = await runFaults(server(), {
        faults,
        texts: ["cancel-queries:every=20ms@100ms+100ms"],
        plan: { thinkMs: [60_000, 60_000], sessions: 1 },
      });
      expect(proof).toMatchObject({ effective: false });
      expect(proof.evidence).toContain("0 cancels sent");
    });

    it("connection-storm makes the server log in one client after the other", async () => {
      const { course, proof, measured, left } = await runFaults(server(), {
        faults,
        texts: ["connection-storm:at-once=3@200ms"],
        until: (database, phases) => untilSessionsRise(database, phases, 30),
      });
      expect(course).toMatchObject(untroubled);
      expect(proof).toMatchObject({ effective: true });
      expect(Number(course.figures.connected)).toBeGreaterThanOrEqual(30);
      expect(measured.faultTransactions).toBeGreaterThan(60);
      expect(left).toEqual([]);
    });

    describe("with few slots", () => {
      let small: FaultServer;

      beforeAll(async () => {
        await Connection.use(server().address, "loadgen/test", (connection) =>
          connection.script("alter system set max_connections = 24"),
        );
        await stopEmbedded(server().home);
        const { address } = await startEmbedded(server().home, server().packageFolder);
        small = { ...server(), address };
      });

      it("connection-storm counts who is refused, and goes on", async () => {
        const { course, proof, left } = await runFaults(small, {
          faults,
          // Server 14 counts up to half a second late: the run's own sessions shall not look like
          // a rate that goes on, and the storm outweighs what is left of it.
          texts: ["connection-storm:at-once=40@1s"],
          until: (database, phases) => untilSessionsRise(database, phases, 150),
        });
        expect(course).toMatchObject(untroubled);
        expect(proof).toMatchObject({ effective: true });
        expect(Number(course.figures.refused)).toBeGreaterThan(0);
        expect(left).toEqual([]);
      });

      it("max-connections leaves as many slots as it was told, until it is over", async () => {
        const { course, proof, evidence, left } = await runFaults(small, {
          faults,
          texts: ["max-connections:free=2@100ms"],
          async until(database, phases) {
            await until(() => phases.some((text) => text.startsWith("fault in force")), "in force");
            const open = () => Connection.open(database.address, "loadgen/other");
            const others = [await open(), await open()];
            await expect(open()).rejects.toMatchObject({ code: "53300" });
            await Promise.all(others.map((other) => other.close()));
          },
        });
        expect(course).toMatchObject(untroubled);
        expect(proof).toMatchObject({ effective: true });
        expect(evidence.figures).toMatchObject({ max: 24, full: 24 });
        expect(left).toEqual([]);
      });

      it("max-connections proves nothing where its connections were ended by somebody else", async () => {
        const { proof, left } = await runFaults(small, {
          faults,
          texts: ["max-connections@100ms"],
          async until(database, phases) {
            await until(() => phases.some((text) => text.startsWith("fault in force")), "in force");
            await endBackendsOfFaults(database);
            await until(async () => (await countBackendsOfFaults(database)) === 0, "ended");
          },
        });
        expect(proof).toMatchObject({ effective: false });
        expect(proof.evidence).toContain(", 0 of our");
        expect(left).toEqual([]);
      });

      it("max-connections refuses a login that may have only so many", async () => {
        const role = await freshRole(small.address, "connection limit 5");
        const check = (target: FaultTarget) => maxConnections.check(placeOf(target), {});
        const problems = await Connection.use(role.address, "loadgen/test", check);
        expect(problems).toEqual([
          `max-connections cannot fill the server: the role ${role.name} may have 5 connections; ` +
            "lift it with alter role … connection limit -1",
        ]);
        await role.drop();
        expect(await Connection.use(small.address, "loadgen/test", check)).toEqual([]);
      });
    });
  });
});
