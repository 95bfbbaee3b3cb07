/** What the server's counts are to show: made to happen, and then read. */
import { expect } from "vitest";
import type { ServerEvidence } from "../../src/core/evidence.ts";
import { countsBetween, readServerCounts } from "../../src/observe/server-counts.ts";
import type { Address } from "../../src/server/address.ts";
import { Connection } from "../../src/server/connection.ts";
import { until } from "../helpers/postgres.ts";

/** The least that `makeEvents` adds to each count. */
const made: ServerEvidence = {
  commits: 3,
  rollbacks: 1,
  deadlocks: 1,
  tempBytes: 100_000,
  sessions: 4,
  sessionsAbandoned: 1,
  sessionsFatal: 1,
  sessionsKilled: 1,
  walBytes: 10_000,
  checkpointsRequested: 1,
};

/** Fails unless all events are counted, be it late. */
export async function expectCounted(connection: Connection, address: Address): Promise<void> {
  const start = await readServerCounts(connection);
  expect(Object.keys(start).sort()).toEqual(Object.keys(made).sort());
  expect(Object.values(start)).toEqual(
    Object.values(start).map(() => expect.any(Number) as number),
  );
  await makeEvents(connection, address);
  let seen: ServerEvidence | null = null;
  const isCounted = async () => {
    seen = countsBetween(start, await readServerCounts(connection));
    const least = Object.entries(made);
    return seen !== null && least.every(([name, count]) => Number(grown(seen, name)) >= count);
  };
  await until(isCounted, "the counts").catch(() => expect(seen).toEqual(made));
}

function grown(counts: ServerEvidence | null, name: string): number | undefined {
  return counts?.[name as keyof ServerEvidence];
}

async function makeEvents(connection: Connection, address: Address): Promise<void> {
  const open = () => Connection.open(address, "loadgen/counted");
  await connection.script("create table if not exists counted (id integer, n integer)");
  await connection.query("insert into counted select id, 0 from generate_series(1, 1000) id");
  await connection.query("checkpoint");
  const [killed, abandoned, fatal, one, other] = await Promise.all([
    open(),
    open(),
    open(),
    open(),
    open(),
  ]);
  await connection.query("select pg_terminate_backend($1, 10000)", [await pidOf(killed)]);
  // Gone without a word.
  abandoned.client.connection.stream.destroy();
  await fatal.query("set idle_session_timeout = 1");
  await one.query("set work_mem = '64kB'");
  await one.query(
    "select count(*) from (select id from generate_series(1, 100000) id order by -id) s",
  );
  await deadlock(one, other);
  await Promise.all([killed, abandoned, fatal, one, other].map((session) => session.close()));
}

async function pidOf(connection: Connection): Promise<number> {
  const [row] = await connection.query("select pg_backend_pid() as pid");
  return Number(row?.pid);
}

async function deadlock(one: Connection, other: Connection): Promise<void> {
  for (const [session, key] of [
    [one, 1],
    [other, 2],
  ] as const) {
    await session.query("begin");
    await session.query("set local deadlock_timeout = 10");
    await session.query("select pg_advisory_xact_lock($1)", [key]);
  }
  const asked = [
    one.query("select pg_advisory_xact_lock(2)"),
    other.query("select pg_advisory_xact_lock(1)"),
  ];
  const outcomes = await Promise.allSettled(asked);
  expect(outcomes.filter(({ status }) => status === "rejected")).toHaveLength(1);
  for (const session of [one, other]) await session.query("rollback");
}
