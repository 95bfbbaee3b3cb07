import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { deadRows } from "../../../src/faults/debts.ts";
import type { Debt } from "../../../src/faults/fault.ts";
import { Observer, startObserver, tablesIntervalMsMax } from "../../../src/observe/observer.ts";
import { repaying } from "../../../src/run/faults/debt-course.ts";
import { noMark, readMark } from "../../../src/run/mark.ts";
import { type FreshDatabase, freshDatabase, until } from "../../helpers/postgres.ts";

let database: FreshDatabase;
let observer: Observer;
let over: AbortController;

const clock = () => performance.now();

beforeEach(async () => {
  database = await freshDatabase();
  over = new AbortController();
  observer = await startObserver({
    address: database.address,
    filter: "loadgen/ledger/",
    clock,
    local: false,
    tablesIntervalMs: tablesIntervalMsMax,
  });
  await database.connection.script(`
    create table t with (autovacuum_enabled = false) as select id from generate_series(1, 500) id;
    delete from t;`);
  await until(async () => (await deadRows.read(database.connection)) === 500, "the dead rows");
});

afterEach(async () => {
  await observer.stop();
  await database.drop();
});

/** Here the statistics have caught up. */
const promptRows: Debt = { ...deadRows, lateMs: 0 };

/** Counts how often it is looked at. */
function looking(debt: Debt = promptRows, before = 0, clockMs = clock) {
  let looks = 0;
  const counting: Debt = {
    ...debt,
    read(target) {
      looks++;
      return debt.read(target);
    },
  };
  const course = repaying(counting, before, {
    target: database.connection,
    mark: () => readMark(observer, database.address.database),
    clockMs,
    over: over.signal,
  });
  return { course, looks: () => looks };
}

describe("a debt", () => {
  it("is repaid once no more is left than before, and it is told what that cost", async () => {
    const { course, looks } = looking();
    await until(() => looks() > 1, "the second look");
    await database.connection.query("vacuum t");
    const seen = await course;
    expect(seen).toMatchObject({ unit: "dead rows", before: 0, atRelease: 500, left: 0 });
    expect(seen?.repaidAfterMs).toBeLessThanOrEqual(seen?.watchedMs ?? 0);
    expect(seen?.repaidAfterMs).toBeGreaterThan(0);
    expect(seen?.cost).toMatchObject({
      autovacuums: 0,
      checkpointsRequested: expect.any(Number) as number,
    });
    expect(seen?.cost.walBytes).toBeGreaterThan(0);
  });

  it("is repaid at once where there is hardly more than before", async () => {
    const { course, looks } = looking(promptRows, 460);
    expect(await course).toMatchObject({ atRelease: 500, left: 500, repaidAfterMs: 0 });
    expect(looks()).toBe(1);
  });

  it("is not repaid where the run is over first", async () => {
    const { course, looks } = looking(promptRows, 450);
    await until(() => looks() > 1, "the second look");
    over.abort();
    expect(await course).toMatchObject({ before: 450, left: 500, repaidAfterMs: null });
  });

  it("is looked at once where the fault was undone by the end of the run", async () => {
    over.abort();
    expect(await looking().course).toMatchObject({ left: 500, repaidAfterMs: null });
  });

  it("is unknown where the server does not say how much there is", async () => {
    const read = () => Promise.reject(new Error("nobody answered"));
    expect(await looking({ unit: "crumbs", lateMs: 0, read }).course).toBeNull();
  });

  it("is as it was last seen where the server stops to say", async () => {
    let amount: number | null = 7;
    const read = () =>
      amount === null ? Promise.reject(new Error("gone")) : Promise.resolve(amount);
    const { course, looks } = looking({ unit: "crumbs", lateMs: 0, read });
    await until(() => looks() > 1, "the second look");
    amount = null;
    const since = looks();
    await until(() => looks() > since, "a look without an answer");
    over.abort();
    expect(await course).toMatchObject({ atRelease: 7, left: 7, repaidAfterMs: null });
  });

  it("is repaid when nine tenths of what had come are gone", async () => {
    let amount = 1_100;
    const debt = { unit: "crumbs", lateMs: 0, read: () => Promise.resolve(amount) };
    const { course, looks } = looking(debt, 100);
    await until(() => looks() > 1, "the second look");
    amount = 201;
    const since = looks();
    await until(() => looks() > since + 1, "a look at what is too much by one");
    amount = 200;
    expect(await course).toMatchObject({ before: 100, atRelease: 1_100, left: 200, isKnown: true });
  });

  describe("whose figures are late", () => {
    let amount: number;
    let nowMs: number;
    const debt: Debt = { unit: "crumbs", lateMs: 1_000, read: () => Promise.resolve(amount) };

    beforeEach(() => {
      amount = 0;
      nowMs = 0;
    });

    it("is what it had grown to when they had caught up", async () => {
      const { course, looks } = looking(debt, 0, () => nowMs);
      await until(() => looks() > 1, "a look at figures that are too old");
      amount = 900;
      let since = looks();
      await until(() => looks() > since + 1, "a look at those that are not");
      nowMs = 1_000;
      since = looks();
      await until(() => looks() > since + 1, "a look after they had caught up");
      nowMs = 1_500;
      amount = 80;
      expect(await course).toMatchObject({ atRelease: 900, left: 80, repaidAfterMs: 1_500 });
    });

    it("is unknown where the run ends before they have caught up", async () => {
      const { course, looks } = looking(debt, 0, () => nowMs);
      await until(() => looks() > 1, "the second look");
      nowMs = 999;
      over.abort();
      expect(await course).toMatchObject({ left: 0, repaidAfterMs: null, isKnown: false });
    });
  });

  it("has no cost where that could not be read", async () => {
    const course = await repaying(promptRows, 500, {
      target: database.connection,
      mark: () => Promise.resolve(noMark),
      clockMs: clock,
      over: over.signal,
    });
    expect(course?.cost).toEqual({ autovacuums: null, walBytes: null, checkpointsRequested: null });
  });
});
