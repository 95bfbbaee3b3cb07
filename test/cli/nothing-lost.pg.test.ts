import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Connection } from "../../src/server/connection.ts";
import { expectCode, Loadgen, runJsonIn, tinyFixture } from "../helpers/loadgen.ts";
import type { RunJson } from "../helpers/run-schema.ts";

let loadgen: Loadgen;

beforeAll(async () => {
  // From nothing: with commits that wait for the disk, writers without a lock meet far more often.
  loadgen = await Loadgen.fresh();
});

afterAll(() => loadgen.remove());

const single = ["single-document", "--sessions", "4", "--think", "0"];
const hot = ["concurrent", "--hot", "2", "--sessions", "8", "--think", "0"];

async function judged(code: number, ...words: readonly string[]) {
  const run = await loadgen.run(...words, ...tinyFixture, "--duration", "1s", "--warmup", "0");
  expectCode(run, code);
  return { result: await runJsonIn(run.folder), stdout: run.stdout };
}

function invariant({ invariants }: RunJson, name: string) {
  return invariants.find((one) => one.name === name);
}

const bothNamed =
  /document \d+ holds \d+ references: all \d+ of session \d's transaction \d+ and all \d+ of session \d's transaction \d+/;

describe("writers that do not lock", () => {
  it.each([
    ["single-document", single],
    ["concurrent", hot],
    ["concurrent with a ledger", [...hot, "--ledger"]],
    ["concurrent on two threads", [...hot, "--workers", "2"]],
  ])("are found out: %s", async (_, words) => {
    const { result, stdout } = await judged(96, ...words, "--unlocked");
    expect(invariant(result, "last-write-wins")).toMatchObject({ ok: false });
    expect(result.verdict.reasons[0]).toMatch(bothNamed);
    expect(stdout).toMatch(bothNamed);
    expect(result.keptDatabase).not.toBeNull();
  });

  it.each([
    ["single-document at serializable", [...single, "--isolation", "serializable"]],
    ["concurrent at serializable", [...hot, "--isolation", "serializable", "--ledger"]],
    ["concurrent at repeatable read", [...hot, "--isolation", "repeatable-read"]],
  ])("pass where one of two is told to come back: %s", async (_, words) => {
    const { result } = await judged(0, ...words, "--unlocked");
    expect(invariant(result, "last-write-wins")).toMatchObject({ ok: true });
    const { attempts, count } = result.operations["replace-references"]!;
    expect(attempts.count).toBe(count + attempts.failed);
    expect(attempts.failed).toBe(result.transactions.retries);
  });
});

describe("writers that lock", () => {
  it("pass, on two threads and with a ledger", async () => {
    const { result } = await judged(0, ...hot, "--workers", "2", "--ledger");
    expect(result.ledger?.acknowledged).toBeGreaterThan(0);
    expect(invariant(result, "last-write-wins")).toMatchObject({ ok: true });
  });
});

describe("a ledger", () => {
  it.each([
    ["readers, writers and deletes", ["mixed", "--sessions", "4", "--think", "0"]],
    ["requests to a service", ["service", "--sessions", "4"]],
    ["planned arrivals", ["concurrent", "--sessions", "4", "--rate", "10"]],
  ])("has all that was acknowledged of %s", async (_, words) => {
    const { result, stdout } = await judged(0, ...words, "--ledger");
    const { ledger } = result;
    expect(ledger).toMatchObject({ lost: 0, doubled: 0, refusedButThere: 0, unplanned: 0 });
    expect(ledger?.acknowledged).toBeGreaterThan(0);
    expect(ledger?.rows).toBe(ledger?.acknowledged);
    expect(invariant(result, "nothing-lost")).toMatchObject({ ok: true });
    expect(stdout).toMatch(/Ledger: [\d ]+ acknowledged, none lost\./);
    expect(result.crossCheck.kind).toBe("agrees");
  });

  it("has the warm-up, too, and what was dropped in flight at the end", async () => {
    const words = [...hot, ...tinyFixture, "--ledger", "--hold", "20ms", "--keep"];
    const times = ["--warmup", "500ms", "--duration", "1s", "--grace", "0"];
    const run = await loadgen.run(...words, ...times);
    const { ledger, keptDatabase, transactions } = await runJsonIn(run.folder);
    expect(ledger).toMatchObject({ lost: 0, refusedButThere: 0, unplanned: 0 });
    const { committed, warmup } = transactions;
    expect(ledger?.acknowledged).toBe(committed + warmup.committed);
    const address = (await loadgen.server()).withDatabase(keptDatabase ?? "");
    const [row] = await Connection.use(address, "loadgen/test", (connection) =>
      connection.query(
        "select count(*) filter (where phase = 'warmup')::int4 as warmup from loadgen_ledger.entry",
      ),
    );
    expect(row?.warmup).toBeGreaterThanOrEqual(warmup.committed);
    expect(row?.warmup).toBeGreaterThan(0);
  });

  it("is not kept unless it is asked for", async () => {
    const { result, stdout } = await judged(0, "point-read");
    expect(result.ledger).toBeNull();
    expect(stdout).not.toContain("Ledger:");
  });
});
