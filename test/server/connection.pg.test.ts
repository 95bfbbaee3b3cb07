import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Connection } from "../../src/server/connection.ts";
import { type FreshDatabase, freshDatabase, until } from "../helpers/postgres.ts";

let database: FreshDatabase;
let connection: Connection;

beforeEach(async () => {
  database = await freshDatabase();
  connection = await Connection.open(database.address, "loadgen/counted");
});

afterEach(async () => {
  await connection.close();
  await database.drop();
});

/** How many transactions it takes, by the connection's account. */
async function taken(work: () => Promise<unknown>): Promise<number> {
  const before = connection.transactions;
  await work();
  return connection.transactions - before;
}

/** Fails, as it is to. */
function failing(sql: string): Promise<void> {
  return expect(connection.query(sql)).rejects.toMatchObject({ name: "ServerError" });
}

describe("the transactions of a connection", () => {
  it("are one for its start", () => {
    expect(connection.transactions).toBe(1);
  });

  it("are one for each statement that stands alone, be it that it fails", async () => {
    expect(await taken(() => connection.query("select 1"))).toBe(1);
    expect(await taken(() => connection.query("select $1::int4", [1]))).toBe(1);
    // What failed is known before the server has ended its transaction.
    const failedAndNext = async () => {
      await failing("select 1 / 0");
      await connection.query("select 1");
    };
    expect(await taken(failedAndNext)).toBe(2);
  });

  it("are one for a script", async () => {
    expect(await taken(() => connection.script("select 1; select 2;"))).toBe(1);
  });

  it.each(["commit", "rollback"])("are one for a block that ends with %s", async (end) => {
    expect(await taken(() => connection.query("begin"))).toBe(0);
    expect(await taken(() => connection.query("select 1"))).toBe(0);
    expect(await taken(() => connection.query(end))).toBe(1);
  });

  it("are one for a block in which a statement failed", async () => {
    const block = async () => {
      await connection.query("begin");
      await failing("select 1 / 0");
      await connection.query("commit");
    };
    expect(await taken(block)).toBe(1);
  });

  it("have one more for the start of each new session", async () => {
    const lasting = await Connection.openLasting(database.address, "loadgen/counted", []);
    try {
      await lasting.query("select 1");
      expect(lasting.transactions).toBe(2);
      const [row] = await lasting.query("select pg_backend_pid() as pid");
      await database.connection.query("select pg_terminate_backend($1, 10000)", [row?.pid]);
      await until(async () => {
        const before = lasting.transactions;
        const answered = await lasting.query("select 1").then(
          () => true,
          () => false,
        );
        if (answered) expect(lasting.transactions - before).toBe(2);
        return answered;
      }, "a new session");
    } finally {
      await lasting.close();
    }
  });
});

it("is busy as long as it waits for an answer", async () => {
  expect(connection.isBusy).toBe(false);
  await database.connection.query("select pg_advisory_lock(1)");
  const answered = connection.query("select pg_advisory_lock(1)");
  await until(() => connection.isBusy, "the question");
  await database.connection.query("select pg_advisory_unlock(1)");
  await answered;
  expect(connection.isBusy).toBe(false);
  await failing("select 1 / 0");
  expect(connection.isBusy).toBe(false);
});
