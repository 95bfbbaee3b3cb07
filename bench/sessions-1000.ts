/** A thousand sessions: what memory they take, and how soon they are open by the server's clock. */
import { setTimeout as wait } from "node:timers/promises";
import type { Address } from "../src/server/address.ts";
import { Connection } from "../src/server/connection.ts";
import { digits } from "../src/report/figures.ts";
import type { Bench } from "./bench.ts";
import { noteVerdict, runLoadgen } from "./loadgen.ts";
import { withClone } from "./server.ts";
import { missing } from "./table.ts";

const sessions = 1000;
const megabyte = 1_000_000;

export async function measureManySessions(bench: Bench): Promise<void> {
  const heading = ["sessions", "resident MB", "seconds to open", "loadgen tx/s"];
  const table = bench.table("point-read --think 1s, 1000 sessions", heading);
  const { seconds } = bench.options;
  const run = { scenario: "point-read", sessions, think: "1s", seconds, k6: null };
  await withClone(bench.server, bench.fixture, async (database) => {
    bench.progress(`${sessions} sessions`);
    const over = new AbortController();
    const running = runLoadgen(bench, database, run).finally(() => over.abort());
    const [ended, openMs] = await Promise.all([running, opening(database, over.signal)]);
    noteVerdict(bench, run, ended);
    const { generator, transactions } = ended.result;
    table.row([
      String(sessions),
      digits(generator.rssBytesMax / megabyte),
      openMs === null ? missing : digits(openMs / 1000),
      digits(transactions.perSecond),
    ]);
  });
}

/** Seldom enough not to be in the way, and seldom is no matter: the server tells when each began. */
const pollMs = 200;

/**
 * From the first session's backend to the last one's, in milliseconds; null if the run was over
 * before all were seen. The last login is left out, and the first one is not.
 */
async function opening(database: Address, over: AbortSignal): Promise<number | null> {
  return Connection.use(database, "loadgen/bench", async (connection) => {
    while (!over.aborted) {
      const [row] = await connection.query(
        `select count(*)::int4 as open,
          (extract(epoch from max(backend_start) - min(backend_start)) * 1000)::float8 as ms
        from pg_stat_activity
        where application_name like 'loadgen/point-read/%'`,
      );
      if (row?.open === sessions) return Number(row.ms);
      // The only rejection is the end of the run.
      await wait(pollMs, undefined, { signal: over }).catch(() => undefined);
    }
    return null;
  });
}
