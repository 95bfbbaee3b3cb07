/**
 * What xk6-sql lets pass, shown as it does so, beside what the adapter makes of the same: one test for
 * each guard of src/engine/k6/script/connection.ts, which fails without it.
 */
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { runScript } from "../../helpers/k6-script.ts";
import { type FreshDatabase, freshDatabase } from "../../helpers/postgres.ts";
import { schemaSql } from "./conformance/cases.ts";
import type { Observed } from "./traps-script.ts";

const k6 = inject("k6");

describe.skipIf(k6 === null)("the adapter over xk6-sql", () => {
  let database: FreshDatabase;
  let all: Readonly<Record<string, Observed>>;

  beforeAll(async () => {
    database = await freshDatabase();
    await database.connection.script(schemaSql);
    const script = join(import.meta.dirname, "traps-script.ts");
    const [observed] = await runScript(String(k6), script, database.address);
    all = observed as typeof all;
  });

  afterAll(() => database.drop());

  it("1: tells an error behind the first row, where xk6-sql returns the rows before it", () => {
    const { raw, guarded } = all["late error"]!;
    expect(raw).toEqual([{ a: 0 }, { a: 1 }]);
    expect(guarded).toEqual(["0", "22012", "0"]);
  });

  it("1: tells that there was one where no WITH clause takes the query, and goes on", () => {
    const { raw, guarded } = all["late error where no WITH clause takes it"]!;
    expect(raw).toEqual([{ a: 0 }, { a: 1 }]);
    expect(guarded).toEqual(["0", "not-portable", "25P02", "0", "1"]);
  });

  it("1: returns no rows where none were asked for", () => {
    expect(all["rows that insert did not ask for"]?.guarded).toEqual(["0", "0", "0", "0"]);
  });

  it("2: tells that a lone statement did not commit, where xk6-sql returns its row", () => {
    const { raw, guarded } = all["error at the end of a lone statement"]!;
    expect(raw).toEqual([[{ id: 5 }], []]);
    expect(guarded).toEqual(["23503", "0"]);
  });

  it("3: writes nothing after a lost connection, where xk6-sql goes on without a transaction", () => {
    const { raw, guarded, lostConnections } = all["killed in a transaction"]!;
    expect(raw).toEqual([{ id: 61 }]);
    expect(guarded).toEqual(["0", "0", "0", "lost", "lost", "lost"]);
    expect(lostConnections).toBe(1);
  });

  it("3: reads nothing after a lost connection, where xk6-sql asks another one", () => {
    const { raw, guarded } = all["killed in a transaction that reads"]!;
    expect(raw).toEqual([{ a: 1 }]);
    expect(guarded).toEqual(["0", "0", "lost"]);
  });

  it("3: counts a connection that was lost and replaced between transactions", () => {
    const { raw, guarded, lostConnections, transactionsEnded } =
      all["killed between transactions"]!;
    const [[before], [after]] = raw as [[{ pid: number }], [{ pid: number }]];
    expect(after.pid).not.toBe(before.pid);
    expect(guarded).toEqual(["0", "1", "0", "0", "0", "1", "0"]);
    expect(lostConnections).toBe(1);
    // Two starts, the test of the pool, and the two transactions.
    expect(transactionsEnded).toBe(5);
  });

  it("4: does not take COMMIT on another connection for one, as xk6-sql does", () => {
    const { raw, guarded } = all["killed before COMMIT"]!;
    expect(raw).toEqual([]);
    expect(guarded).toEqual(["0", "0", "0", "lost?"]);
  });

  it("4: does not take COMMIT of an aborted transaction for one, and goes on", () => {
    const { raw, guarded } = all["COMMIT of an aborted transaction"]!;
    expect(raw).toBe("committed");
    expect(guarded).toEqual(["0", "22012", "commit-rolled-back", "1"]);
  });

  it("5: gives up after a timeout, which xk6-sql tells as 57014 on a connection that it drops", () => {
    const { raw, guarded } = all["client timeout"]!;
    const [[before], code, [after]] = raw as [[{ pid: number }], string, [{ pid: number }]];
    expect(code).toBe("57014");
    expect(after.pid).not.toBe(before.pid);
    expect(guarded).toEqual(["0", "client-timeout", "client-timeout"]);
  });

  it("6: refuses types that arrive as something else, by their type and whatever the value", () => {
    const { raw, guarded } = all.types!;
    expect(raw).toEqual([{ big: 9_007_199_254_740_992, bytes: [65], n: [49, 46, 53] }]);
    expect(guarded).toEqual([...Array.from({ length: 7 }, () => "not-portable"), "1"]);
  });

  it("6: refuses columns that changed, and such as have names of the guards'", () => {
    expect(all["columns that change"]?.guarded).toEqual(["0", "1", "1", "0", "not-portable"]);
    expect(all["a column with a name of ours"]?.guarded).toEqual(["not-portable", "not-portable"]);
  });

  it("7: gives the connection up over what has no SQLSTATE", () => {
    // Each time that it is sent again it ends another backend, until the driver gives up.
    expect(all["an error without SQLSTATE"]?.raw).toBe("no code");
    expect(all["an error without SQLSTATE"]?.guarded).toEqual(["0", "lost", "lost"]);
  });

  it("8: refuses several statements in a query, of which xk6-sql returns the first one's rows", () => {
    const { raw, guarded } = all["several statements in a query"]!;
    expect(raw).toEqual([{ a: 1 }]);
    expect(guarded).toEqual(["not-portable", "1"]);
  });

  it("8: refuses COPY from and to the client, over which lib/pq loses the connection", () => {
    const { raw, guarded } = all.COPY!;
    expect(raw).toMatch(/CopyOutResponse/);
    expect(guarded).toEqual(["not-portable", "not-portable", "1"]);
  });

  it("8: refuses statements that begin or end a transaction: they are steps", () => {
    const refused = "not-portable";
    const { guarded } = all["steps as statements"]!;
    expect(guarded).toEqual([refused, "0", refused, refused, refused, "0"]);
  });

  it("8: refuses what cannot be in a transaction, since what is outside BEGIN is in one, too", () => {
    const { raw, guarded } = all["what cannot be in a transaction"]!;
    expect(raw).toBe("vacuumed");
    expect(guarded).toEqual(["not-portable", "not-portable", "1"]);
  });
});
