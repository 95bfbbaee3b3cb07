import { afterEach, beforeEach, expect, it } from "vitest";
import { startObserver, tablesIntervalMsMax } from "../../src/observe/observer.ts";
import { type FreshDatabase, freshDatabase } from "../helpers/postgres.ts";
import { expectCounted } from "./counted-events.ts";
import { filter } from "./sessions.ts";

let database: FreshDatabase;

beforeEach(async () => {
  database = await freshDatabase();
});

afterEach(() => database.drop());

it("the server's counts show what happened in the database", async () => {
  await expectCounted(database.connection, database.address);
});

it("the observer reads them, and has none, and a miss, once its database is gone", async () => {
  const clock = () => performance.now();
  const { address } = database;
  const observer = await startObserver({
    address,
    filter,
    clock,
    local: false,
    tablesIntervalMs: tablesIntervalMsMax,
  });
  expect((await observer.serverCounts())?.sessions).toBeGreaterThan(0);
  await database.drop();
  try {
    expect(await observer.serverCounts()).toBeNull();
  } finally {
    const { missed } = await observer.stop();
    expect(missed).toBeGreaterThan(0);
    database = await freshDatabase();
  }
});
