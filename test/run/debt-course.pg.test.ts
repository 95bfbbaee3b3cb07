import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { deadRows } from "../../src/faults/debts.ts";
import type { Debt } from "../../src/faults/fault.ts";
import { Observer, startObserver } from "../../src/observe/observer.ts";
import { repaying } from "../../src/run/debt-course.ts";
import { noMark, readMark } from "../../src/run/mark.ts";
import { type FreshDatabase, freshDatabase, until } from "../helpers/postgres.ts";

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

/** Counts how often it is looked at. */
function looking(debt: Debt = deadRows, before = 0) {
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
    clockMs: clock,
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
    expect(seen?.repaidAfterMs).toBe(seen?.watchedMs);
    expect(seen?.repaidAfterMs).toBeGreaterThan(0);
    expect(seen?.cost).toMatchObject({
      autovacuums: 0,
      checkpointsRequested: expect.any(Number) as number,
    });
    expect(seen?.cost.walBytes).toBeGreaterThan(0);
  });

  it("is repaid at once where there is hardly more than before", async () => {
    const { course, looks } = looking(deadRows, 460);
    expect(await course).toMatchObject({
      atRelease: 500,
      left: 500,
      repaidAfterMs: expect.any(Number) as number,
    });
    expect(looks()).toBe(1);
  });

  it("is not repaid where the run is over first", async () => {
    const { course, looks } = looking(deadRows, 450);
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
    expect(await looking({ unit: "crumbs", read }).course).toBeNull();
  });

  it("is as it was last seen where the server stops to say", async () => {
    let amount: number | null = 7;
    const read = () =>
      amount === null ? Promise.reject(new Error("gone")) : Promise.resolve(amount);
    const { course, looks } = looking({ unit: "crumbs", read });
    await until(() => looks() > 1, "the second look");
    amount = null;
    const since = looks();
    await until(() => looks() > since, "a look without an answer");
    over.abort();
    expect(await course).toMatchObject({ atRelease: 7, left: 7, repaidAfterMs: null });
  });

  it("has no cost where that could not be read", async () => {
    const course = await repaying(deadRows, 500, {
      target: database.connection,
      mark: () => Promise.resolve(noMark),
      clockMs: clock,
      over: over.signal,
    });
    expect(course?.cost).toEqual({ autovacuums: null, walBytes: null, checkpointsRequested: null });
  });
});
