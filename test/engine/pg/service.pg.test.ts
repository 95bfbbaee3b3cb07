/** Requests to a modelled service on real connections: what they hold, and what becomes of it. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Plan } from "../../../src/core/plan.ts";
import { defineScenario, type Scenario } from "../../../src/core/scenario.ts";
import { connected, inside, pass as pauseFor } from "../../../src/core/service.ts";
import { type Gate, statement } from "../../../src/core/step.ts";
import { atomically, execute, query, type Transaction } from "../../../src/core/transaction.ts";
import { timeoutCode } from "../../../src/engine/pg/watchdog.ts";
import { startCommitProxy } from "../../helpers/commit-proxy.ts";
import {
  append,
  Barrier,
  driven,
  ledgerDatabase,
  ledgerScenario,
  pass,
  Rig,
  rowsIn,
} from "../../helpers/ledger.ts";
import { contextOf, planWith } from "../../helpers/plan.ts";
import { type FreshDatabase, until } from "../../helpers/postgres.ts";
import { drivers } from "./sessions.ts";

let database: FreshDatabase;

beforeEach(async () => {
  database = await ledgerDatabase();
});

afterEach(() => database.drop());

const lock: Gate = { name: "lock", capacity: 1 };
const threads: Gate = { name: "threads", capacity: 64 };
const settings = contextOf(planWith());

/** Every transaction is such a request. */
function serviceOf(request: (amount: number) => Transaction): Scenario {
  return defineScenario({
    ...ledgerScenario(),
    service: true,
    draw(random) {
      const amount = random.below(1_000_000);
      return { operation: "append", inputs: [amount], steps: () => request(amount) };
    },
  });
}

/** One row, in a transaction of its own on a connection of its own. */
function stored(amount: number): Transaction {
  return connected(() => atomically(settings, () => append(amount)));
}

describe.each(drivers)("requests to a service (%s)", (driver) => {
  it("commit on the connections that they take, several a request", async () => {
    const scenario = serviceOf(function* (amount) {
      yield* stored(amount);
      yield* stored(amount);
    });
    const plan = { driver, sessions: 3, transactionsPerSession: 4, poolMax: 2 };
    const rig = await driven(database.address, { scenario, plan });
    expect(rig.counts()).toMatchObject({ started: 12, committed: 12, aborted: 0 });
    expect(await rowsIn(database)).toBe(24);
  });

  it("do the same without a pool, each session on its own connection", async () => {
    const plan = { driver, sessions: 2, transactionsPerSession: 3 };
    const rig = await driven(database.address, { scenario: serviceOf(stored), plan });
    expect(rig.counts()).toMatchObject({ committed: 6, aborted: 0 });
    const sessions = await database.connection.query("select distinct session from ledger");
    expect(sessions).toHaveLength(2);
  });
});

describe("a request that waits at a gate", () => {
  it("holds no connection that it has returned: whoever is inside can have it", async () => {
    const scenario = serviceOf(function* (amount) {
      yield* stored(amount);
      yield* inside(lock, () => stored(amount));
    });
    const plan = { sessions: 4, transactionsPerSession: 5, poolMax: 1 };
    const rig = await driven(database.address, { scenario, plan });
    expect(rig.counts().committed).toBe(20);
    expect(rig.connections.inUseMax).toBe(1);
    const { capacity, hold } = rig.tally().gate(lock);
    expect([capacity, hold.count]).toEqual([1, 20]);
  });

  it("keeps the others of its pool waiting if it holds one", async () => {
    const scenario = serviceOf((amount) =>
      inside(threads, () =>
        connected(() =>
          atomically(settings, function* () {
            yield* pass(1);
            yield* append(amount);
          }),
        ),
      ),
    );
    const barrier = await Barrier.close(database.address, 1);
    let nowMs = 0;
    const plan = { sessions: 2, transactionsPerSession: 1, poolMax: 1 };
    const rig = await Rig.open(database.address, { scenario, plan, clockMs: () => nowMs });
    try {
      const driving = rig.drive();
      await barrier.untilWaiting(1);
      nowMs = 1_000;
      await barrier.open();
      await driving;
    } finally {
      await rig.close();
      await barrier.end();
    }
    const tally = rig.tally();
    const { poolWait, service, latency } = tally.operation("append");
    expect([latency.committed.min, latency.committed.max]).toEqual([1_000_000, 1_000_000]);
    expect([poolWait.min, poolWait.max]).toEqual([0, 1_000_000]);
    // Without the wait for a connection, as everywhere.
    expect([service.min, service.max]).toEqual([0, 1_000_000]);
    // One was at work in the gate, the other one waited there for a connection.
    const { hold, wait } = tally.gate(threads);
    expect([hold.min, hold.max, wait.max]).toEqual([0, 1_000_000, 0]);
  });
});

describe("a request that fails", () => {
  const divide = statement("divide", "select 1 / 0");

  it("rolls back, leaves its gates and returns its connection", async () => {
    const scenario = serviceOf((amount) =>
      inside(lock, () =>
        connected(() =>
          atomically(settings, function* () {
            yield* append(amount);
            yield* execute(divide);
          }),
        ),
      ),
    );
    const plan = { sessions: 3, transactionsPerSession: 2, poolMax: 1 };
    const rig = await driven(database.address, { scenario, plan });
    expect(rig.errors()).toEqual({ "22012": 6 });
    expect(await rowsIn(database)).toBe(0);
    expect(rig.tally().gate(lock).hold.count).toBe(6);
  });

  it("gives back what it took, even if it never asks to", async () => {
    const one = statement("one", "select 1");
    const scenario = serviceOf(function* () {
      yield { kind: "enter", gate: lock };
      yield { kind: "take-connection" };
      yield* query(one);
    });
    const plan = { sessions: 3, transactionsPerSession: 3, poolMax: 1 };
    const rig = await driven(database.address, { scenario, plan });
    expect(rig.counts()).toMatchObject({ committed: 9, aborted: 0 });
    expect(rig.tally().gate(lock).hold.count).toBe(9);
  });

  it("may have committed if it lost its connection then", async () => {
    const proxy = await startCommitProxy(database.address.database);
    const plan = { sessions: 1, transactionsPerSession: 2, poolMax: 1 };
    const rig = await Rig.open(proxy.address, { scenario: serviceOf(stored), plan });
    try {
      proxy.cutNext("reply-lost");
      await rig.drive();
      expect(rig.counts()).toMatchObject({ committed: 1, aborted: 0, unknown: 1 });
    } finally {
      await rig.close();
      await proxy.close();
    }
    expect(await rowsIn(database)).toBe(2);
  });
});

describe("requests under way", () => {
  /** One is inside, at a barrier of the server; the others wait for it, as `wait` says. */
  async function stuck(given: Partial<Plan>, wait: (body: () => Transaction) => Transaction) {
    const barrier = await Barrier.close(database.address, 1);
    const scenario = serviceOf(() =>
      wait(() => connected(() => atomically(settings, () => pass(1)))),
    );
    const rig = await Rig.open(database.address, { scenario, plan: given });
    const driving = rig.drive();
    await barrier.untilWaiting(1);
    return {
      rig,
      driving,
      end: async () => {
        await barrier.end();
        await rig.close();
      },
    };
  }

  const atTheGate = (body: () => Transaction) => inside(lock, body);
  const atThePool = (body: () => Transaction) => body();

  it.each([
    ["at a gate", atTheGate, null],
    ["for a connection", atThePool, 1],
  ] as const)("end with the run, wherever they wait: %s", async (_, wait, poolMax) => {
    const plan = { sessions: 4, transactionsPerSession: 1, poolMax };
    const { rig, driving, end } = await stuck(plan, wait);
    try {
      rig.drop();
      await driving;
      expect(rig.counts()).toMatchObject({ started: 4, censored: 4, committed: 0, aborted: 0 });
    } finally {
      await end();
    }
  });

  it("end with the run while they do nothing, too", async () => {
    const scenario = serviceOf(() => inside(lock, () => pauseFor(3_600_000)));
    const plan = { sessions: 3, transactionsPerSession: 2 };
    const rig = await Rig.open(database.address, { scenario, plan });
    try {
      const driving = rig.drive();
      await until(() => rig.tally().gates.get("lock")?.queueMax === 2, "a queue of two");
      rig.stop();
      rig.drop();
      await driving;
      expect(rig.counts()).toMatchObject({ started: 3, censored: 3 });
    } finally {
      await rig.close();
    }
  });

  it.each([
    ["at a gate", atTheGate, null],
    ["for a connection", atThePool, 1],
  ] as const)("are dropped after their timeout, wherever they wait: %s", async (_, wait, max) => {
    const plan = { sessions: 3, transactionsPerSession: 1, poolMax: max, timeoutMs: 200 };
    const { rig, driving, end } = await stuck(plan, wait);
    try {
      await driving;
      expect(rig.errors()).toEqual({ [timeoutCode]: 3 });
      expect(rig.counts()).toMatchObject({ aborted: 3, unknown: 0 });
      expect(rig.connections.lostConnections).toBe(1);
    } finally {
      await end();
    }
  });

  it("do not start any more once the run is over", async () => {
    const plan = { sessions: 2, transactionsPerSession: 1 };
    const rig = await Rig.open(database.address, { scenario: serviceOf(stored), plan });
    try {
      rig.drop();
      await rig.drive();
    } finally {
      await rig.close();
    }
    expect(rig.counts().committed).toBe(0);
    expect(await rowsIn(database)).toBe(0);
  });
});

describe.each(drivers)("an ordinary scenario (%s)", (driver) => {
  it.each([
    ["a gate", () => inside(lock, () => pauseFor(0))],
    ["a connection", () => connected(() => pauseFor(0))],
  ] as const)("that asks for %s is a bug, and is told what to do", async (_, body) => {
    const rig = await Rig.open(database.address, {
      scenario: ledgerScenario(body),
      plan: { driver, sessions: 1, transactionsPerSession: 1 },
    });
    try {
      await expect(rig.drive()).rejects.toThrow("is to say `service: true`");
    } finally {
      await rig.close();
    }
  });
});
