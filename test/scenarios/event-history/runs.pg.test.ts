/** Through the command line: hazards are found, what is guarded passes, faults lose nothing, and data comes any way. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { eventHistory } from "../../../fixtures/event-history/system.ts";
import { Connection } from "../../../src/server/connection.ts";
import { exportCsv } from "../../../src/server/fixture-csv.ts";
import { expectCode, Loadgen, runJsonIn } from "../../helpers/loadgen.ts";
import { until } from "../../helpers/postgres.ts";

const small = ["--blocks", "40", "--events-per-block", "20"];
const provoked = ["--warmup", "0", "--sessions", "2", "--hot", "5", "--late", "50", "--sorted"];

let loadgen: Loadgen;
beforeAll(async () => {
  loadgen = await Loadgen.prepared("server18");
});
afterAll(() => loadgen.remove());

describe("history-write, where late events are written", () => {
  it("is found to have made older events current on variant current-flag", async () => {
    const words = ["--variant", "current-flag", "--transactions", "15"];
    const ended = await loadgen.run("history-write", ...words, ...small, ...provoked);
    expectCode(ended, 96);
    const { invariants } = await runJsonIn(ended.folder);
    const broken = invariants.filter(({ ok }) => ok !== true).map(({ name }) => name);
    expect(broken).toContain("current-is-newest");
  });

  it("leaves all as it should be on a guarded variant, though backends and the server are killed", async () => {
    const faults = ["kill-backends@300ms+500ms", "crash@1s+300ms"];
    const { started, folder } = loadgen.startRun([
      ...["history-write", "--variant", "statement-upsert+copy", ...small, ...provoked],
      ...["--duration", "1h", "--ledger", ...faults.flatMap((fault) => ["--chaos", fault])],
    ]);
    await started.printed(`fault over: ${faults[1]}`);
    started.signal("SIGINT");
    expectCode(await started.ended, 130);
    const result = await runJsonIn(folder);
    expect(result.faults).toMatchObject([
      { effective: true, undone: true },
      { effective: true, undone: true },
    ]);
    expect(result.ledger).toMatchObject({ lost: 0, doubled: 0 });
    expect(result.invariants.filter(({ ok }) => ok !== true)).toEqual([]);
    expect(result.transactions.committed).toBeGreaterThan(0);
  });
});

describe("history-mixed", () => {
  it("drops more days than were loaded, beside readers and restores, and all is right", async () => {
    const weights = "write-block=200,drop-oldest-day=60,restore-newest-day=20";
    const ended = await loadgen.run(
      ...["history-mixed", ...small, "--weights", weights, "--sorted", "--snapshot-ms", "20"],
      ...["--variant", "row-upsert+live-table-guarded"],
      ...["--warmup", "0", "--sessions", "2", "--transactions", "60"],
    );
    expectCode(ended, 0);
    const { statements } = z
      .object({ statements: z.record(z.string(), z.object({ count: z.number() })) })
      .parse(JSON.parse(await readFile(join(ended.folder, "run.json"), "utf8")));
    expect(statements["drop-oldest-day"]?.count).toBeGreaterThan(eventHistory.sizes.tiny!.days!);
  });
});

describe("the data", () => {
  const ofHistory = ["--system", "event-history"];

  it("is loaded from files with the sizes that they were exported with", async () => {
    const folder = join(loadgen.folder, "exported");
    const fixtures = (command: string, ...words: readonly string[]) =>
      loadgen.command("fixtures", command, ...ofHistory, ...words);
    const { tiny } = eventHistory.sizes;
    await exportCsv(eventHistory, { ...tiny, blocks: 40, eventsPerBlock: 20 }, folder);
    const sized = ["--from", folder, "--events-per-block", "20"];
    const otherDays = await fixtures("load", ...sized, "--days", "2");
    expectCode(otherDays, 3);
    expect(otherDays.stderr).toMatch(/block 11 is of .* as of 40 blocks over 2 days/);
    expectCode(await fixtures("load", ...sized), 0);
    const verified = await fixtures("verify", ...sized);
    expectCode(verified, 0);
    expect(verified.stdout).toMatch(/history\.orders +792 +[0-9a-f]{16} +equal/);
  });

  it("comes to the same where its loading was killed and resumed", async () => {
    const words = [...ofHistory, "--blocks", "80", "--days", "8"];
    const killed = loadgen.start(["fixtures", "load", ...words, "--chunk", "500"]);
    await killed.printed("base/tables.sql");
    const [name = ""] = await loadgen.databases("loadgen_loading");
    // It cannot be given its name while somebody else is in it.
    const server = await loadgen.server();
    await Connection.use(server.withDatabase(name), "test", async (inside) => {
      const orders = "select count(*)::int4 as orders from history.orders";
      await until(async () => {
        const [row] = await inside.query(orders).catch(() => []);
        return Number(row?.orders) >= 500;
      }, "some orders are loaded");
      killed.signal("SIGKILL");
      await killed.ended;
    });
    const resumed = await loadgen.command("fixtures", "load", ...words, "--resume");
    expectCode(resumed, 0);
    expect(resumed.stdout).toMatch(/going on where an interrupted loading was: .* rows are loaded/);
    expectCode(await loadgen.command("fixtures", "verify", ...words), 0);
  });
});
