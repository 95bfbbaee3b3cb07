import pg from "pg";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { awaitSessionsGone } from "../../src/run/sessions-gone.ts";
import { Connection } from "../../src/server/connection.ts";
import { ledgerScenario } from "../helpers/ledger.ts";
import { type FreshDatabase, freshDatabase, until } from "../helpers/postgres.ts";

let database: FreshDatabase;

beforeEach(async () => {
  database = await freshDatabase();
});

afterEach(() => database.drop());

async function namesIn(connection: Connection): Promise<readonly string[]> {
  const rows = await connection.query(
    `select application_name::text as name from pg_catalog.pg_stat_activity
      where datname = current_database() and pid <> pg_backend_pid() order by 1`,
  );
  return rows.map((row) => String(row.name));
}

describe("waiting until the sessions are gone", () => {
  it("is over at once where there are none", async () => {
    await awaitSessionsGone(database.address, ledgerScenario());
  });

  it("lasts until the last one has left, and disturbs nobody else", async () => {
    const other = await freshDatabase();
    const session = await Connection.open(database.address, "loadgen/ledger/0");
    const strangers = [
      await Connection.open(database.address, "loadgen/ledgers/0"),
      await Connection.open(other.address, "loadgen/ledger/0"),
    ];
    const waiting = awaitSessionsGone(database.address, ledgerScenario());
    await until(
      async () => (await namesIn(database.connection)).includes("loadgen/audit"),
      "the one who waits",
    );
    expect(await namesIn(database.connection)).toContain("loadgen/ledger/0");
    await session.close();
    await waiting;
    expect(await namesIn(database.connection)).not.toContain("loadgen/ledger/0");
    for (const stranger of strangers)
      expect(await stranger.query("select 1 as one")).toHaveLength(1);
    await Promise.all(strangers.map((stranger) => stranger.close()));
    await other.drop();
  });

  it("ends those who are in the middle of a statement that nobody waits for any more", async () => {
    const client = new pg.Client(database.address.clientConfig("loadgen/ledger/7"));
    client.on("error", () => undefined);
    await client.connect();
    const lost = client.query("select pg_sleep(600)").catch(() => undefined);
    await until(async () => (await sleeping()) === 1, "the statement");
    // As an engine drops a connection: the server notices only when it next has something to say.
    (
      client as unknown as { connection: { stream: { destroy(): void } } }
    ).connection.stream.destroy();
    await lost;
    expect(await sleeping()).toBe(1);
    await awaitSessionsGone(database.address, ledgerScenario());
    expect(await sleeping()).toBe(0);
  });

  async function sleeping(): Promise<number> {
    const [row] = await database.connection.query(
      `select count(*)::int4 as count from pg_catalog.pg_stat_activity
        where datname = current_database() and wait_event = 'PgSleep'`,
    );
    return Number(row?.count);
  }
});
