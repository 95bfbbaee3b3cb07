import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Plan } from "../../../src/core/plan.ts";
import { defineScenario } from "../../../src/core/scenario.ts";
import { statement } from "../../../src/core/step.ts";
import { execute } from "../../../src/core/transaction.ts";
import { reconnectMsMax } from "../../../src/engine/pg/reconnect.ts";
import { startCommitProxy } from "../../helpers/commit-proxy.ts";
import { driven, ledgerDatabase, ledgerScenario, Rig } from "../../helpers/ledger.ts";
import { type FreshDatabase, until } from "../../helpers/postgres.ts";

let database: FreshDatabase;

beforeEach(async () => {
  database = await ledgerDatabase();
});

afterEach(() => database.drop());

describe("a session whose server is gone for good", () => {
  async function untilRefused(given: Partial<Plan>, nowMs: () => number): Promise<Rig> {
    const proxy = await startCommitProxy(database.address.database);
    const plan = { sessions: 3, transactionsPerSession: 1_000_000, ...given };
    const rig = await Rig.open(proxy.address, { plan, clockMs: nowMs });
    await proxy.close();
    return rig;
  }

  const refusals = (rig: Rig) => rig.tally().reconnectErrors.get("ECONNREFUSED") ?? 0;

  it.each<[string, Partial<Plan>]>([
    ["connections of their own", {}],
    ["a pool", { poolMax: 2 }],
    ["sockets of the driver's", { driverSockets: { count: 2, overheadMs: 0 } }],
  ])("gives up if it has no other end, and is counted (%s)", async (_, connections) => {
    let nowMs = 0;
    const rig = await untilRefused(connections, () => nowMs);
    try {
      const driving = rig.drive();
      await until(() => refusals(rig) >= 6, "refusals");
      expect(rig.tally().sessionsLost).toBe(0);
      nowMs = reconnectMsMax;
      await driving;
    } finally {
      await rig.close();
    }
    expect(rig.tally().sessionsLost).toBe(3);
  });

  it("goes on trying where the run ends by the clock", async () => {
    let nowMs = 0;
    const rig = await untilRefused({ durationMs: 10 * reconnectMsMax }, () => nowMs);
    try {
      const driving = rig.drive();
      await until(() => refusals(rig) >= 6, "refusals");
      nowMs = 2 * reconnectMsMax;
      const before = refusals(rig);
      await until(() => refusals(rig) >= before + 6, "more refusals");
      nowMs = 10 * reconnectMsMax;
      await driving;
    } finally {
      await rig.close();
    }
    expect(rig.tally().sessionsLost).toBe(0);
  });
});

describe("a statement without BEGIN whose reply is lost", () => {
  it("may have committed: it is unknown, though its step does not say so", async () => {
    const proxy = await startCommitProxy(database.address.database);
    // To the proxy, whatever begins like this is a COMMIT; it is committed by itself all the same.
    const own = statement("own", "commit /* not one */");
    const scenario = defineScenario({
      ...ledgerScenario(),
      draw: () => ({ operation: "append", inputs: [], steps: () => execute(own) }),
    });
    const rig = await Rig.open(proxy.address, {
      scenario,
      plan: { sessions: 1, transactionsPerSession: 2 },
    });
    try {
      proxy.cutNext("reply-lost");
      await rig.drive();
      expect(rig.counts()).toMatchObject({ committed: 1, aborted: 0, unknown: 1 });
    } finally {
      await rig.close();
      await proxy.close();
    }
  });
});

describe("the message of an error", () => {
  it("is kept beside its code, as the server worded it", async () => {
    const nope = statement("nope", "select * from nope");
    const rig = await driven(database.address, {
      scenario: ledgerScenario(() => execute(nope)),
      plan: { sessions: 1, transactionsPerSession: 2 },
    });
    expect(rig.errors()).toEqual({ "42P01": 2 });
    expect(rig.tally().firstMessageOf("42P01")).toBe('relation "nope" does not exist');
  });
});
