/** What it takes to read statistics that are complete: they are late, each version in its own way. */
import { setTimeout as wait } from "node:timers/promises";
import type { Server } from "./reading.ts";

/** Before 15 a process of its own collects statistics and writes them down at most twice a second. */
const freshWithinMs = 5000;
const freshPollMs = 50;

/**
 * Until what others handed over by now, and this connection itself, is in what it reads; who asked
 * before under its name hands over as it leaves. Before 15 the statistics say when they were written
 * down; since 15 they are shared, and only what this connection has done is kept back for up to a
 * second (manual, 27.2.2).
 */
export async function awaitFresh(server: Server): Promise<void> {
  await awaitNamesakesGone(server);
  const [row] = await server.query(
    "select current_setting('server_version_num')::int4 >= 150000 as shared, clock_timestamp()::text as now",
  );
  if (row?.shared === true) {
    await server.query("select pg_stat_force_next_flush()");
    return;
  }
  // Twice: the first time may answer a question that was asked before the last counts arrived, and
  // was answered late; the second answers one that came after them, for messages have an order.
  let since = String(row?.now);
  let writes = 0;
  const endMs = performance.now() + freshWithinMs;
  while (writes < 2 && performance.now() < endMs) {
    const [read] = await server.query(
      "select stamp::text as stamp, stamp > $1::timestamptz as newer from pg_stat_get_snapshot_timestamp() as stamp",
      [since],
    );
    if (read?.newer === true) {
      writes++;
      since = String(read.stamp);
    } else {
      await wait(freshPollMs);
    }
  }
}

/** A client that hung up is ahead of its backend, which counts, and then vanishes from the activity. */
async function awaitNamesakesGone(server: Server): Promise<void> {
  const endMs = performance.now() + freshWithinMs;
  while (performance.now() < endMs) {
    const namesakes = await server.query(
      `select pid from pg_catalog.pg_stat_activity
       where datname = current_database() and pid <> pg_backend_pid()
         and application_name = current_setting('application_name')`,
    );
    if (namesakes.length === 0) return;
    await wait(freshPollMs);
  }
}
