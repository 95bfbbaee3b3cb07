/** A run under load in which the server crashes and recovers, again and again: nothing may be lost. */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import { expectCode, type Loadgen, runJsonIn, tinyFixture } from "./loadgen.ts";

/** From one crash to the next, to recover and to write something again; where that takes longer, the next one waits. */
const everyMs = 2_000;

/** Through the command line, so many rounds in one run, which ends with the last. The fixture is loaded. */
export async function crashAndRecover(
  loadgen: Loadgen,
  rounds: number,
  ...words: readonly string[]
): Promise<void> {
  const starts = Array.from({ length: rounds }, (_, round) => 1_000 + round * everyMs);
  const faults = starts.map((startMs) => `crash@${startMs}ms+300ms`);
  const { folder, started } = loadgen.startRun([
    "concurrent",
    ...tinyFixture,
    ...["--sessions", "8", "--duration", "1h", "--warmup", "0"],
    ...faults.flatMap((fault) => ["--chaos", fault]),
    ...words,
  ]);
  for (const fault of faults) await started.printed(`fault over: ${fault}`);
  started.signal("SIGINT");
  expectCode(await started.ended, 130);
  const result = await runJsonIn(folder);
  expect(result.transactions.committed).toBeGreaterThan(0);
  expect(result.faults).toHaveLength(rounds);
  for (const fault of result.faults) {
    expect(fault).toMatchObject({ name: "crash", effective: true, undone: true });
  }
  expect(result.invariants.map(({ name }) => name)).toContain("indexes-intact");
  for (const invariant of result.invariants) expect(invariant).toMatchObject({ ok: true });
  expect(result.connections).toMatchObject({ sessionsLost: 0 });
  expect(result.connections.reconnects).toBeGreaterThan(0);
  expect(result.crossCheck).toMatchObject({ kind: "skipped" });
  expect(result.serverPerTransaction).toMatchObject({ deadTuples: null, buffersHit: null });
  expect(result.verdict.reasons.join("\n")).not.toMatch(/run lock|could not be asked/);
  expect(result.ledger).toMatchObject({ lost: 0, doubled: 0, refusedButThere: 0, unplanned: 0 });
  expect(result.ledger?.acknowledged).toBeGreaterThan(0);
  expect(await readdir(join(loadgen.home, "journal"))).toEqual([]);
}
