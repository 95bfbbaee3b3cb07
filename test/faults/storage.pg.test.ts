/** The faults on storage: each in a run, proven, and gone without a trace. */
import { describe, expect, it } from "vitest";
import { bloat } from "../../src/faults/bloat.ts";
import { checkpointStorm } from "../../src/faults/checkpoint-storm.ts";
import type { HostControl } from "../../src/faults/host.ts";
import { slotRetention } from "../../src/faults/slot-retention.ts";
import { tempSpill } from "../../src/faults/temp-spill.ts";
import { walFlood } from "../../src/faults/wal-flood.ts";
import { Connection } from "../../src/server/connection.ts";
import { freshDatabase } from "../helpers/postgres.ts";
import { type FaultServer, onEachServer, runFaults } from "./in-run.ts";
import {
  asAdmin,
  expectNothingLeft,
  fine,
  isTrue,
  type Looking,
  runUntil,
  storageFaults as faults,
  withRole,
} from "./storage-run.ts";

/** True once so many checkpoints were written, by the control file. */
function checkpoints(count: number): Looking {
  const seen = new Set<unknown>();
  return async ({ connection }) => {
    const [row] = await connection.query(
      "select checkpoint_lsn::text as lsn from pg_catalog.pg_control_checkpoint()",
    );
    return seen.add(row?.lsn).size > count;
  };
}

async function hasRole(server: FaultServer, name: string): Promise<boolean> {
  return (await asAdmin(server, `select from pg_roles where rolname = '${name}'`)).length > 0;
}

const ourSlot = "loadgen_slot_0123456789abcdef";

const slotsSql = "select slot_name::text as name from pg_catalog.pg_replication_slots order by 1";

async function undoSlot({ address }: FaultServer, slot: string): Promise<void> {
  await Connection.use(address, "loadgen/test", async (target) =>
    slotRetention.undo?.perform({ target, host: null }, { slot }),
  );
}

onEachServer((server) => {
  describe("checkpoint-storm", () => {
    it("makes checkpoints that the server counts", async () => {
      const { course, proof, evidence } = await runUntil(
        server(),
        "checkpoint-storm:every=50ms@300ms",
        checkpoints(12),
      );
      expect(course).toMatchObject(fine);
      expect(proof).toMatchObject({ effective: true });
      expect(evidence.fault.server?.checkpointsRequested).toBeGreaterThan(1);
      await expectNothingLeft(server());
    });

    it("is not proven by a single one", async () => {
      const { proof } = await runFaults(server(), {
        texts: ["checkpoint-storm:every=1h@200ms+200ms"],
        faults,
      });
      expect(proof).toMatchObject({ effective: false });
    });

    it("is refused to a role that may not ask for one, and not to one that may", async () => {
      await withRole(server(), async (role, check) => {
        const [problem, ...more] = await check(checkpointStorm);
        expect(more).toEqual([]);
        if (!(await hasRole(server(), "pg_checkpoint"))) {
          expect(problem).toContain("needs a superuser");
          return;
        }
        expect(problem).toBe(`checkpoint-storm needs pg_checkpoint: grant it to ${role.name}`);
        await asAdmin(server(), `grant pg_checkpoint to ${role.name}`);
        expect(await check(checkpointStorm)).toEqual([]);
      });
    });
  });

  describe("wal-flood", () => {
    it("writes its budget into the log and stops, and owes the files that it made", async () => {
      const { course, proof, evidence } = await runUntil(
        server(),
        "wal-flood:budget=40MB,rate=1GB@300ms",
        (_, { figures }) => Number(figures.emitted) >= 40 * 1024 ** 2,
      );
      expect(course).toMatchObject(fine);
      expect(proof).toMatchObject({ effective: true });
      expect(proof.evidence).toMatch(/; it stopped at its budget of 40 MB$/);
      expect(evidence.figures.emitted).toBe(40 * 1024 ** 2);
      expect(course.debt).toMatchObject({ unit: "bytes of log files" });
      expect(course.debt?.atRelease).toBeGreaterThan(course.debt?.before ?? Infinity);
      await expectNothingLeft(server());
    });

    it("is over before its budget is where the rate is low", async () => {
      const { proof, evidence } = await runFaults(server(), {
        texts: ["wal-flood:rate=1MB@200ms+500ms"],
        faults,
      });
      expect(proof.evidence).not.toContain("budget");
      expect(evidence.figures.emitted).toBeLessThan(2 * 1024 ** 2);
    });
  });

  describe("temp-spill", () => {
    it("writes temporary files until its budget is spent, and leaves none", async () => {
      const { course, proof, evidence } = await runUntil(
        server(),
        "temp-spill:budget=4MB@300ms",
        async (database, { figures }) =>
          Number(figures.written) >= 4 * 1024 ** 2 &&
          isTrue(
            database,
            `select temp_bytes > 0 from pg_catalog.pg_stat_database
             where datname = current_database()`,
          ),
      );
      expect(course).toMatchObject(fine);
      expect(proof).toMatchObject({ effective: true });
      expect(proof.evidence).toMatch(/; it stopped at its budget of 4 MB$/);
      expect(evidence.figures.written).toBeLessThan(8 * 1024 ** 2);
      await expectNothingLeft(server());
    });

    it("is refused where temporary files may not be as large", async () => {
      await withRole(server(), async (role, check) => {
        expect(await check(tempSpill)).toEqual([]);
        await asAdmin(server(), `alter role ${role.name} set temp_file_limit = '1MB'`);
        expect(await check(tempSpill)).toEqual([
          "temp-spill needs temporary files of 32 MB, but temp_file_limit is 1 MB: " +
            "raise it for this login, or lower the budget",
        ]);
      });
    });
  });

  describe("slot-retention", () => {
    it("keeps the log from where it was, and drops its slot", async () => {
      const { course, proof, evidence } = await runFaults(server(), {
        texts: ["slot-retention@200ms+500ms"],
        faults,
      });
      expect(course).toMatchObject(fine);
      expect(proof).toMatchObject({ effective: true });
      expect(evidence.figures).toMatchObject({ spent: 0, status: "reserved" });
      expect(course.debt).toMatchObject({ unit: "bytes of log files" });
      await expectNothingLeft(server());
    });

    it("drops its slot by itself when that keeps more than the budget", async () => {
      const { course, proof, evidence } = await runUntil(
        server(),
        "slot-retention:budget=64kB@200ms",
        (database) => isTrue(database, "select count(*) = 0 from pg_catalog.pg_replication_slots"),
      );
      expect(course).toMatchObject(fine);
      expect(proof).toMatchObject({ effective: true });
      expect(proof.evidence).toMatch(/; it was dropped at its budget of 0\.1 MB$/);
      const { keptBefore, kept } = evidence.figures;
      expect(Number(kept) - Number(keptBefore)).toBeGreaterThan(64 * 1024);
    });

    it("is not proven where somebody else dropped the slot", async () => {
      let isGone = false;
      const { course, proof } = await runUntil(
        server(),
        "slot-retention@100ms",
        async (database) => {
          isGone ||= await isTrue(
            database,
            "select count(pg_drop_replication_slot(slot_name)) = 1 from pg_catalog.pg_replication_slots",
          );
          return isGone;
        },
      );
      expect(course).toMatchObject(fine);
      expect(proof).toMatchObject({ effective: false });
    });

    it("is undone by another process, twice, and touches no slot but its own", async () => {
      await asAdmin(
        server(),
        "select pg_create_physical_replication_slot('loadgen_slot_mine', true)",
      );
      await asAdmin(server(), `select pg_create_physical_replication_slot('${ourSlot}', true)`);
      try {
        await undoSlot(server(), ourSlot);
        expect(await asAdmin(server(), slotsSql)).toEqual([{ name: "loadgen_slot_mine" }]);
        await undoSlot(server(), ourSlot);
        await expect(undoSlot(server(), "loadgen_slot_mine")).rejects.toMatchObject({
          name: "JournalError",
        });
        expect(await asAdmin(server(), slotsSql)).toEqual([{ name: "loadgen_slot_mine" }]);
      } finally {
        await asAdmin(server(), "select pg_drop_replication_slot('loadgen_slot_mine')");
      }
    });

    it("is refused to a role without REPLICATION, and not to one with it", async () => {
      await withRole(server(), async (role, check) => {
        expect(await check(slotRetention)).toEqual([
          `slot-retention needs REPLICATION: alter role ${role.name} replication`,
        ]);
        await asAdmin(server(), `alter role ${role.name} replication`);
        expect(await check(slotRetention)).toEqual([]);
      });
    });
  });
});

describe("the budgets of faults that eat disk", () => {
  const gigabyte = 1024 ** 3;

  /** A machine of which no more than its free space is known. */
  function hostWith(freeBytes: number): HostControl {
    const never = () => Promise.reject(new Error("none of a check's business"));
    return {
      freeze: never,
      thaw: never,
      processes: never,
      stop: never,
      start: never,
      clusterState: never,
      freeBytes: () => Promise.resolve(freeBytes),
    };
  }

  it("want twice as much and a gigabyte to be free, where that can be told", async () => {
    const database = await freshDatabase();
    try {
      for (const fault of [bloat, slotRetention, tempSpill, walFlood]) {
        const check = (host: HostControl | null) =>
          fault.check(
            { target: database.connection, host },
            { budget: gigabyte, "at-once": 2, table: "" },
          );
        expect(await check(null)).toEqual([]);
        expect(await check(hostWith(3 * gigabyte))).toEqual([]);
        expect(await check(hostWith(3 * gigabyte - 1))).toEqual([
          `${fault.name} may take 1024 MB and wants twice that and 1024 MB more to be free where ` +
            "the server has its data, which has 3072 MB: lower its budget or make room",
        ]);
      }
    } finally {
      await database.drop();
    }
  });
});
