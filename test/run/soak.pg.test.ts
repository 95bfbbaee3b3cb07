/**
 * Soaks of a few seconds: tables that are changed once a vacuum, so that each cycle has its peak
 * whatever the machine does, and vacuumed once that was seen.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { statement } from "../../src/core/step.ts";
import { execute, type Transaction } from "../../src/core/transaction.ts";
import { xminHolder } from "../../src/faults/xmin-holder.ts";
import type { RunSample } from "../../src/run/listener.ts";
import { measure } from "../../src/run/measure.ts";
import { soakOf } from "../../src/run/soak.ts";
import type { Address } from "../../src/server/address.ts";
import { armText, onEachServer } from "../faults/in-run.ts";
import { ledgerDatabase, ledgerScenario } from "../helpers/ledger.ts";
import { measureOptions, planWith, silentListener } from "../helpers/plan.ts";
import { until } from "../helpers/postgres.ts";

const rows = 1000;

/** The index keeps updates from being HOT, for then dead rows go at the next look at their page. */
const tables = (...names: readonly string[]) =>
  names
    .map(
      (name) => `
        create table ${name} (n int not null) with (autovacuum_enabled = false);
        create index on ${name} (n);
        insert into ${name} select 0 from generate_series(1, ${rows});`,
    )
    .join("");

/** All rows once before the first vacuum, and once after each; two tables so. */
const changing = ["often", "twice"].map((name) =>
  statement(
    `change-${name}`,
    `update ${name} set n = 1 + pg_stat_get_vacuum_count('${name}'::regclass)
     where n <= pg_stat_get_vacuum_count('${name}'::regclass)`,
  ),
);
const neverVacuumed = statement("change-never", "update never set n = n + 1 where n < $1 % 3");

const scenario = ledgerScenario(function* (amount): Transaction {
  for (const one of changing) yield* execute(one);
  yield* execute(neverVacuumed, amount);
});

/** So many make three cycles, for the first one began before the run. */
const vacuums = 4;

/** Vacuums by hand whenever the run has seen what is dead by then, `often` to the end and `twice` twice. */
async function soak(
  server: Address,
  { faults, deadAt }: { faults: readonly string[]; deadAt: (vacuum: number) => number },
) {
  const database = await ledgerDatabase(server);
  const journalFolder = await mkdtemp(join(tmpdir(), "loadgen-soak-"));
  const over = new AbortController();
  let seen: RunSample["tables"] = null;
  const untilSeen = (vacuumsSeen: number, deadSeen: number) =>
    until(() => {
      const { vacuums = 0, deadTuples = 0 } = seen?.["public.often"] ?? {};
      return vacuums >= vacuumsSeen && deadTuples >= deadSeen;
    }, `${vacuumsSeen} vacuums, and then ${deadSeen} dead rows`);
  try {
    await database.connection.script(tables("often", "twice", "never"));
    const measuring = measure(
      measureOptions({
        plan: planWith({
          ...{ sessions: 1, transactionsPerSession: null, durationMs: 300_000, thinkMs: [10, 20] },
        }),
        scenario,
        address: database.address,
        journalFolder,
        armed: faults.map((text) => armText(text, [xminHolder])),
        interrupted: over.signal,
        listener: { ...silentListener, sample: ({ tables }) => void (seen = tables ?? seen) },
      }),
    );
    const vacuuming = (async () => {
      for (let vacuum = 1; vacuum <= vacuums; vacuum++) {
        await untilSeen(vacuum - 1, deadAt(vacuum));
        await database.connection.query("vacuum often");
        if (vacuum <= 2) await database.connection.query("vacuum twice");
      }
      await untilSeen(vacuums, 0);
    })().finally(() => over.abort("SIGINT"));
    const [measured] = await Promise.all([measuring, vacuuming]);
    return soakOf(measured);
  } finally {
    await database.drop();
    await rm(journalFolder, { recursive: true });
  }
}

onEachServer((server) => {
  it("levels off where vacuum takes all, grows where a snapshot keeps it, and tells too few from none", async () => {
    const { address } = server();
    const [free, held] = await Promise.all([
      soak(address, { faults: [], deadAt: () => rows }),
      soak(address, { faults: ["xmin-holder"], deadAt: (vacuum) => vacuum * rows }),
    ]);
    const judged = { table: "public.often", kind: "judged", cycles: vacuums - 1 };
    expect(free).toMatchObject([
      { table: "public.never", kind: "not-judged", vacuums: 0, cycles: 0 },
      { ...judged, deadTuples: { kind: "levels-off", level: rows } },
      { table: "public.twice", kind: "not-judged", vacuums: 2, cycles: 1 },
    ]);
    expect(free[0]).toHaveProperty("deadTuplesLast");
    expect(held[1]).toMatchObject({
      ...judged,
      deadTuples: { kind: "grows", level: 3 * rows },
      tableBytes: { kind: "grows" },
    });
  });
});
