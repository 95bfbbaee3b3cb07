import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Connection } from "../../src/server/connection.ts";
import { expectCode, Loadgen, runJsonIn, tinyFixture } from "../helpers/loadgen.ts";

let loadgen: Loadgen;

beforeAll(async () => {
  loadgen = await Loadgen.prepared();
  expectCode(await loadgen.command("fixtures", "load", ...tinyFixture), 0);
});

afterAll(() => loadgen.remove());

/**
 * Acknowledged before it is on disk, and not even given to the operating system: the log writer
 * sleeps, and what is written meanwhile does not wake it (since PostgreSQL 17, hence no such test on
 * 14); nobody else writes a page out, before which its log would have to be. Should it wake up all
 * the same, whatever was acknowledged between then and the crash is in memory only.
 */
const careless: Readonly<Record<string, string>> = {
  synchronous_commit: "off",
  wal_writer_delay: "10s",
  wal_writer_flush_after: "1GB",
  bgwriter_lru_maxpages: "0",
  autovacuum: "off",
};

async function set(settings: readonly string[]): Promise<void> {
  await Connection.use(await loadgen.server(), "loadgen/test", async (connection) => {
    for (const setting of settings) await connection.query(`alter system ${setting}`);
    await connection.query("select pg_reload_conf()");
  });
}

/** What the ledger of a run had that went through a crash, and the exit code. */
async function crashed() {
  const run = await loadgen.run(
    "concurrent",
    ...tinyFixture,
    ...["--sessions", "4", "--think", "0", "--warmup", "0", "--duration", "3s"],
    ...["--chaos", "crash@1s+300ms", "--ledger"],
  );
  const { ledger, invariants, faults, verdict } = await runJsonIn(run.folder);
  expect(faults).toMatchObject([{ name: "crash", effective: true, undone: true }]);
  expect(ledger).toMatchObject({ doubled: 0, refusedButThere: 0, unplanned: 0 });
  expect(ledger?.acknowledged).toBeGreaterThan(0);
  const nothingLost = invariants.find(({ name }) => name === "nothing-lost");
  return {
    code: run.code,
    ledger,
    nothingLost,
    reasons: verdict.reasons.join("\n"),
    stdout: run.stdout,
  };
}

describe("a crash of a server that acknowledges what is not on disk yet", () => {
  it("loses commits, which are found and named", async () => {
    await set(Object.entries(careless).map(([name, value]) => `set ${name} = '${value}'`));
    const { code, ledger, nothingLost, reasons, stdout } = await crashed();
    expect(code).toBe(96);
    expect(ledger?.lost).toBeGreaterThan(0);
    expect(nothingLost).toMatchObject({ ok: false });
    expect(reasons).toMatch(
      /nothing-lost is broken: .* lost.*session \d's transaction \d+ \(part 0\) was acknowledged and is not there/,
    );
    expect(stdout).toMatch(/Ledger: [\d ]+ acknowledged, [\d ]+ lost/);
  });

  it("loses none with its settings as they were", async () => {
    await set(Object.keys(careless).map((name) => `reset ${name}`));
    const { code, ledger, nothingLost } = await crashed();
    expect(code).not.toBe(96);
    expect(ledger?.lost).toBe(0);
    expect(nothingLost).toMatchObject({ ok: true });
  });
});
