import { connectionCount } from "../../src/engine/connection-count.ts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Plan } from "../../src/core/plan.ts";
import { autovacuumPause } from "../../src/faults/autovacuum-pause.ts";
import type { BlastRadius } from "../../src/core/chaos-schedule.ts";
import { checkFaults, checkServer, RunRefused } from "../../src/run/checks.ts";
import { systemIdentifierOf } from "../../src/server/fingerprint.ts";
import { planWith } from "../helpers/plan.ts";
import { type FreshDatabase, freshDatabase } from "../helpers/postgres.ts";
import { freshRole } from "../helpers/role.ts";
import { arm, notingFault } from "./faults/fault.ts";

let database: FreshDatabase;
let identifier: string;

beforeAll(async () => {
  database = await freshDatabase();
  identifier = (await systemIdentifierOf(database.connection)) ?? "";
});

afterAll(() => database.drop());

interface Case {
  readonly radius?: BlastRadius;
  readonly embedded?: boolean;
  readonly plan?: Partial<Plan>;
  readonly pgbouncer?: string | null;
}

async function problemsOf(check: Promise<void>): Promise<readonly string[]> {
  try {
    await check;
    return [];
  } catch (error) {
    if (error instanceof RunRefused) return error.problems;
    throw error;
  }
}

function problems(given: Case): Promise<readonly string[]> {
  return problemsOf(check(given));
}

function check({ radius, embedded = true, plan = {}, pgbouncer = null }: Case): Promise<void> {
  const fault = radius === undefined ? [] : [arm(notingFault([], { radius }), { text: "it@1s" })];
  const server = {
    address: database.address,
    embedded,
    host: null,
    comesBack: () => Promise.resolve(false),
  };
  const planned = planWith(plan);
  const connections = connectionCount(planned);
  return checkServer({ plan: planned, armed: fault, server, pgbouncer, connections });
}

describe("the check of the server", () => {
  it("lets a run pass that needs nothing special", async () => {
    expect(await problems({})).toEqual([]);
  });

  it("refuses more sessions than the server has connections for", async () => {
    const found = await problems({ plan: { sessions: 90_000 } });
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(
      /^--sessions 90000 needs 90005 connections, but this server has room for \d+ \(max_connections \d+/,
    );
  });

  it("counts a pool's connections in place of the sessions", async () => {
    expect(await problems({ plan: { sessions: 90_000, poolMax: 6 } })).toEqual([]);
    expect(await problems({ plan: { sessions: 10, poolMax: 90_000 } })).toHaveLength(1);
  });

  it("counts the driver's sockets, however many sessions share them", async () => {
    const driverSockets = { count: 6, overheadMs: 0 };
    expect(await problems({ plan: { sessions: 90_000, driverSockets } })).toEqual([]);
  });

  it("refuses a pool on k6 without a PgBouncer, as a server that is not usable", async () => {
    const plan = { engine: "k6", poolMax: 2 } as const;
    await expect(check({ plan })).rejects.toMatchObject({
      exitCode: 3,
      problems: [
        "--pool-max on k6 needs PgBouncer on this machine: " +
          "install it (on Debian: apt-get install pgbouncer), or leave --pool-max out",
      ],
    });
    expect(await problems({ plan, pgbouncer: "/usr/sbin/pgbouncer" })).toEqual([]);
    expect(await problems({ plan: { ...plan, engine: "pg" } })).toEqual([]);
    expect(await problems({ plan: { ...plan, poolMax: null } })).toEqual([]);
  });

  it("tells everything at once", async () => {
    const plan = { sessions: 90_000, existing: true };
    expect(await problems({ radius: "database", plan })).toHaveLength(2);
  });
});

describe("the consent to a fault", () => {
  it("is not asked for where it reaches no further than the sessions", async () => {
    expect(
      await problems({ radius: "session", embedded: false, plan: { existing: true } }),
    ).toEqual([]);
  });

  it("is not asked for in a database that loadgen created", async () => {
    expect(await problems({ radius: "database", embedded: false })).toEqual([]);
  });

  it("is asked for in any other database, by its exact name", async () => {
    const name = database.address.database;
    const refused = [
      `--chaos it@1s would break the database ${name}, which loadgen did not create: ` +
        `give --allow-chaos-on ${name} if you mean it`,
    ];
    for (const embedded of [true, false]) {
      const ask = (allowChaosOn: string | null) =>
        problems({ radius: "database", embedded, plan: { existing: true, allowChaosOn } });
      expect(await ask(null)).toEqual(refused);
      expect(await ask(name.toUpperCase())).toEqual(refused);
      expect(await ask(identifier)).toEqual(refused);
      expect(await ask(name)).toEqual([]);
    }
  });

  it.each<BlastRadius>(["cluster", "host"])(
    "is not asked for on the embedded server (%s)",
    async (radius) => {
      expect(await problems({ radius })).toEqual([]);
      expect(await problems({ radius, plan: { existing: true } })).toEqual([]);
    },
  );

  it.each<BlastRadius>(["cluster", "host"])(
    "is asked for on any other server, by its system identifier (%s)",
    async (radius) => {
      const ask = (allowChaosOn: string | null) =>
        problems({ radius, embedded: false, plan: { allowChaosOn } });
      for (const wrong of [null, "", database.address.database, `${identifier}0`]) {
        expect(await ask(wrong)).toEqual([
          "--chaos it@1s would break a server that loadgen did not start: give --allow-chaos-on " +
            "with the system identifier that loadgen doctor prints, if you mean it",
        ]);
      }
      expect(await ask(identifier)).toEqual([]);
    },
  );
});

describe("the check of the faults", () => {
  it("lets faults pass that can work here", async () => {
    const armed = [arm(autovacuumPause), arm(notingFault([]))];
    expect(await problemsOf(checkFaults(armed, database.address, null))).toEqual([]);
  });

  it("refuses with what all of them miss", async () => {
    const role = await freshRole(database.address);
    await database.connection.script("create table somebody_elses (id integer)");
    const fault = notingFault([], { check: () => Promise.resolve(["noting needs a pencil"]) });
    const armed = [arm(autovacuumPause), arm(fault)];
    expect(await problemsOf(checkFaults(armed, role.address, null))).toEqual([
      `faults are journalled in the database, which needs CREATE on it: grant it to ${role.name}`,
      "autovacuum-pause needs the ownership of public.somebody_elses",
      "noting needs a pencil",
    ]);
    await role.drop();
  });
});
