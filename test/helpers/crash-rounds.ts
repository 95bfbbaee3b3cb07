/** A run under load in which the server crashes and recovers, again and again: nothing may be lost. */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import { type Loadgen, runJsonIn, tinyFixture } from "./loadgen.ts";

/** From one crash to the next: time to recover, and to write something again. */
const everyMs = 3_000;

/** Through the command line, so many rounds in one run. The fixture is loaded. */
export async function crashAndRecover(
  loadgen: Loadgen,
  rounds: number,
  ...words: readonly string[]
): Promise<void> {
  const starts = Array.from({ length: rounds }, (_, round) => 1_000 + round * everyMs);
  const lengthMs = rounds * everyMs + 1_000;
  const { folder, stdout, stderr } = await loadgen.run(
    "concurrent",
    ...tinyFixture,
    ...["--sessions", "8", "--duration", `${lengthMs}ms`, "--warmup", "0"],
    ...starts.flatMap((startMs) => ["--chaos", `crash@${startMs}ms+300ms`]),
    ...words,
  );
  const result = await runJsonIn(folder).catch((error: unknown) => {
    throw new Error(`${String(error)}\n${stdout}\n${stderr}`);
  });
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
  await expectNothingLost(folder);
  expect(await readdir(join(loadgen.home, "journal"))).toEqual([]);
}

/** By the run's ledger, where it kept one. */
async function expectNothingLost(folder: string): Promise<void> {
  const stored = JSON.parse(await readFile(join(folder, "run.json"), "utf8")) as {
    ledger?: Readonly<Record<string, unknown>> | null;
  };
  for (const [name, count] of Object.entries(stored.ledger ?? {})) {
    if (/lost/i.test(name)) expect([name, count]).toEqual([name, 0]);
  }
}
