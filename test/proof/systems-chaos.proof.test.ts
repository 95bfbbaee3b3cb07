/**
 * Every scenario of the systems beside dms, with sessions ended and with a crash in the middle: what it leaves is
 * whole, and nothing acknowledged is lost.
 */
import { afterAll, beforeAll, expect, it } from "vitest";
import { scenarios } from "../../scenarios/index.ts";
import { expectCode, Loadgen, runJsonIn } from "../helpers/loadgen.ts";

let loadgen: Loadgen;

beforeAll(async () => {
  loadgen = await Loadgen.fresh();
});

afterAll(() => loadgen.remove());

/** By system: its data, small, and what keeps several sessions apart. */
const words: Readonly<Record<string, readonly string[]>> = {
  metaverse: ["--users", "100", "--groups", "4", "--page", "10", "--variant", "lock"],
  "event-history": [
    ...["--blocks", "40", "--events-per-block", "20"],
    ...["--variant", "statement-upsert"],
  ],
};

const chaos = ["kill-backends:count=2,every=300ms@500ms+1500ms", "crash@1s+300ms"];

const rounds = scenarios.flatMap(({ name, system }) => {
  const given = words[system ?? ""];
  return given === undefined ? [] : chaos.map((fault) => [name, fault, given] as const);
});

it.each(rounds)("%s leaves everything whole after %s", async (scenario, fault, given) => {
  const ended = await loadgen.run(scenario, ...given, ...load, "--chaos", fault);
  // Whatever is broken, not undone, without effect or too slow has a code of its own.
  expectCode(ended, 0);
  const result = await runJsonIn(ended.folder);
  expect(result.faults).toMatchObject([{ effective: true, undone: true }]);
  expect(result.transactions.committed).toBeGreaterThan(10);
  expect(result.windows.find(({ name }) => name === "recovery")?.perSecond).toBeGreaterThan(0);
  expect(result.connections.reconnects).toBeGreaterThan(0);
  expect(result.invariants.length).toBeGreaterThan(9);
  expect(result.invariants.filter(({ ok }) => ok !== true)).toEqual([]);
  expect(result.ledger).toMatchObject({ lost: 0, doubled: 0, refusedButThere: 0, unplanned: 0 });
});

/** Long enough for the server to be back after a crash, and to be at work again. */
const load = ["--sessions", "3", "--warmup", "0", "--duration", "8s", "--ledger"];

it("saw both systems, and every scenario of theirs", () => {
  const seen = new Set(rounds.map(([scenario]) => scenario));
  expect([...seen].filter((name) => name.startsWith("metaverse-")).length).toBeGreaterThanOrEqual(
    4,
  );
  expect([...seen].filter((name) => name.startsWith("history-")).length).toBeGreaterThanOrEqual(4);
  expect(rounds).toHaveLength(chaos.length * seen.size);
});
