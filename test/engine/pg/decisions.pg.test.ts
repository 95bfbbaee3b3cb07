import { hash } from "node:crypto";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { decisionText, Digest } from "../../../src/core/digest.ts";
import { refuse } from "../../../src/core/failure.ts";
import { transactionStream } from "../../../src/core/random.ts";
import { statement } from "../../../src/core/step.ts";
import { query } from "../../../src/core/transaction.ts";
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

let database: FreshDatabase;

beforeEach(async () => {
  database = await ledgerDatabase();
});

afterEach(() => database.drop());

/** What `session` decides in so many transactions of the ledger. */
function decisionsOf(session: number, transactions: number): Digest {
  const plan = planWith();
  const digest = new Digest();
  for (let number = 0; number < transactions; number++) {
    const stream = transactionStream(plan.seed, "measured", session, number);
    const planned = ledgerScenario().draw(stream, undefined, contextOf(plan), 0);
    digest.add(hash("sha256", decisionText(session, number, planned), "binary"));
  }
  return digest;
}

function bytesOf(digest: string): readonly number[] {
  return [...Buffer.from(digest.replace("sha256:", ""), "hex")];
}

describe("the digest of a run", () => {
  const plan = { sessions: 3, transactionsPerSession: 8 };

  it("is the same for the same seed, whatever the timing", async () => {
    const first = await driven(database.address, { plan });
    const others = [
      { plan },
      { plan: { ...plan, thinkMs: [0, 5] as const } },
      { plan: { ...plan, holdMs: 2 } },
      { plan: { ...plan, poolMax: 2 } },
      { plan: { ...plan, driver: "plain" as const } },
      { plan: { ...plan, isolation: "serializable" as const } },
    ];
    for (const given of others) {
      expect((await driven(database.address, given)).digest).toBe(first.digest);
    }
    expect(first.digest).toMatch(/^sha256:[0-9a-f]{64}$/);
    const seeded = await driven(database.address, { plan: { ...plan, seed: 54321 } });
    expect(seeded.digest).not.toBe(first.digest);
  });

  it("does not change with retries", async () => {
    const read = statement("read", "select count(*)::int4 as count from ledger");
    const barrier = await Barrier.close(database.address, 1);
    // All have read the same before the first of them writes: not all of them can commit.
    const scenario = ledgerScenario(function* (amount) {
      yield* query(read);
      yield* pass(1);
      yield* append(amount);
    });
    const rig = await Rig.open(database.address, {
      scenario,
      plan: { ...plan, isolation: "serializable" },
    });
    try {
      const driving = rig.drive();
      await barrier.untilWaiting(3);
      await barrier.open();
      await driving;
    } finally {
      await rig.close();
      await barrier.end();
    }
    const { retries, committed, aborted } = rig.counts();
    expect(retries).toBeGreaterThan(0);
    expect(rig.errors()["40001"]).toBeGreaterThanOrEqual(retries);
    expect(committed + aborted).toBe(24);
    expect(await rowsIn(database)).toBe(committed);
    expect(rig.digest).toBe((await driven(database.address, { plan })).digest);
  });

  it("covers transactions that fail", async () => {
    const failing = ledgerScenario(function* (amount) {
      yield* append(amount);
      if (amount % 2 === 0) refuse("even", "an even amount");
    });
    const rig = await driven(database.address, { scenario: failing, plan });
    expect(rig.counts().aborted).toBeGreaterThan(0);
    expect(rig.errors()).toEqual({ even: rig.counts().aborted });
    expect(await rowsIn(database)).toBe(rig.counts().committed);
    expect(rig.digest).toBe((await driven(database.address, { plan })).digest);
  });

  it("changes with the number of sessions only by what the added ones decide", async () => {
    const three = bytesOf((await driven(database.address, { plan })).digest);
    const two = bytesOf(
      (await driven(database.address, { plan: { ...plan, sessions: 2 } })).digest,
    );
    const added = three.map((byte, index) => byte ^ (two[index] ?? 0));
    expect(added).toEqual(bytesOf(decisionsOf(2, 8).toString()));
  });
});

describe("the warm-up", () => {
  it("stays outside of counts and digest, and draws from a stream of its own", async () => {
    const plan = { sessions: 2, transactionsPerSession: 5 };
    let nowMs = -1;
    const rig = await Rig.open(database.address, { plan, clockMs: () => nowMs });
    try {
      const driving = rig.drive();
      await until(async () => (await rowsIn(database)) >= 20, "twenty transactions");
      expect(rig.counts().started).toBe(0);
      nowMs = 0;
      await driving;
    } finally {
      await rig.close();
    }
    expect(rig.counts()).toMatchObject({ started: 10, committed: 10 });
    const warmedUp = rig.tally("warmup").started;
    expect(warmedUp).toBeGreaterThanOrEqual(20);
    expect(await rowsIn(database)).toBe(warmedUp + 10);
    const [twice] = await database.connection.query(
      "select count(*)::int4 as count from (select amount from ledger group by 1 having count(*) > 1) as doubled",
    );
    expect(twice).toEqual({ count: 0 });
    expect(rig.digest).toBe((await driven(database.address, { plan })).digest);
  });
});
