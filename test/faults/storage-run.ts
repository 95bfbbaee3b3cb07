/**
 * For the tests of the faults on maintenance and storage: runs that last until something is seen on
 * the server, and what must be gone afterwards.
 */
import { expect } from "vitest";
import type { Figures } from "../../src/core/evidence.ts";
import { statement } from "../../src/core/step.ts";
import { execute } from "../../src/core/transaction.ts";
import { autovacuumPause } from "../../src/faults/autovacuum-pause.ts";
import { bloat } from "../../src/faults/bloat.ts";
import { checkpointStorm } from "../../src/faults/checkpoint-storm.ts";
import type { Fault } from "../../src/faults/fault.ts";
import { slotRetention } from "../../src/faults/slot-retention.ts";
import { tempSpill } from "../../src/faults/temp-spill.ts";
import { walFlood } from "../../src/faults/wal-flood.ts";
import { xminHolder } from "../../src/faults/xmin-holder.ts";
import { Connection } from "../../src/server/connection.ts";
import { type FreshDatabase, until } from "../helpers/postgres.ts";
import { type FreshRole, freshRole } from "../helpers/role.ts";
import { type FaultRun, type FaultSeen, type FaultServer, runFaults } from "./in-run.ts";

export const storageFaults = [
  autovacuumPause,
  bloat,
  checkpointStorm,
  slotRetention,
  tempSpill,
  walFlood,
  xminHolder,
];

export interface Seen {
  /** Those of the run so far. */
  readonly phases: readonly string[];
  /** Of the fault in force, by its own account. */
  readonly figures: Figures;
}

export type Looking = (database: FreshDatabase, seen: Seen) => boolean | Promise<boolean>;

/** A run with a fault that lasts until `condition` is seen on the server. */
export function runUntil(
  server: FaultServer,
  text: string,
  condition: Looking,
  given: Partial<FaultRun> = {},
): Promise<FaultSeen> {
  const figures: (() => Promise<Figures>)[] = [];
  return runFaults(server, {
    texts: [text],
    faults: storageFaults.map((fault) => tapped(fault, figures)),
    enough: () => false,
    async meanwhile(database, phases, end) {
      try {
        await until(() => phases.some((phase) => phase.startsWith("fault in force")), "the fault");
        await until(
          async () => condition(database, { phases, figures: (await figures[0]?.()) ?? {} }),
          "what the fault does",
        );
      } finally {
        end();
      }
    },
    ...given,
  });
}

export async function isTrue(database: FreshDatabase, sql: string): Promise<boolean> {
  const [row] = await database.connection.query(`select (${sql}) as answer`);
  return row?.answer === true;
}

/** As it is, and its figures can be asked for while it is in force. */
function tapped(fault: Fault, figures: (() => Promise<Figures>)[]): Fault {
  return {
    ...fault,
    async inject(context, parameters, record) {
      const injected = await fault.inject(context, parameters, record);
      figures.push(() => injected.figures());
      return injected;
    },
  };
}

export async function expectNothingLeft({ address }: FaultServer): Promise<void> {
  await Connection.use(address, "loadgen/test", async (connection) => {
    const rows = await connection.query(
      `select 'session' as what, pid::text as name from pg_catalog.pg_stat_activity
       where application_name = 'loadgen/fault'
       union all select 'slot', slot_name from pg_catalog.pg_replication_slots
       union all select 'file', name from pg_catalog.pg_ls_tmpdir()`,
    );
    expect(rows).toEqual([]);
  });
}

export const fine = { injectProblem: null, undoProblem: null, trouble: null };

/** Ends a run's `prepare` with these statements. */
export function preparing(...statements: readonly string[]) {
  return {
    *prepare() {
      for (const [index, sql] of statements.entries()) {
        yield* execute(statement(`prepare-${index}`, sql));
      }
    },
  };
}

export function asAdmin({ address }: FaultServer, sql: string) {
  return Connection.use(address, "loadgen/test", (connection) => connection.query(sql));
}

/** A role without any privilege, and what a fault's check says to it. */
export async function withRole(
  server: FaultServer,
  work: (role: FreshRole, check: (fault: Fault) => Promise<readonly string[]>) => Promise<void>,
): Promise<void> {
  const role = await freshRole(server.address);
  try {
    await work(role, (fault) => {
      const values = Object.entries(fault.parameters).map(([name, limit]) => [name, limit.default]);
      const parameters = Object.fromEntries(values) as Readonly<Record<string, number | string>>;
      return Connection.use(role.address, "loadgen/test", (target) =>
        fault.check({ target, host: null }, parameters),
      );
    });
  } finally {
    await role.drop();
  }
}
