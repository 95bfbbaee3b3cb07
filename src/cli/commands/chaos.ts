/** `loadgen chaos restore`: undoes whatever an interrupted run left behind. */
import { existsSync } from "node:fs";
import { type ExitCode, exitCodes } from "../../core/verdict.ts";
import { type JournalEntry, restoreCommand } from "../../faults/journal.ts";
import {
  entriesElsewhere,
  restoreAll,
  type Restored,
  strikeOutEmbedded,
} from "../../run/faults/restore.ts";
import type { Address } from "../../server/address.ts";
import { explainingHome, filesIn } from "../../server/home.ts";
import { home, journalFolder, namedAddress, target } from "../target.ts";
import { withRunLock } from "../with-run-lock.ts";

export async function chaosRestore(url: string | undefined): Promise<ExitCode> {
  const named = namedAddress(url);
  const restored = await restore(named);
  for (const { entry, problem, note } of restored) {
    const what = `${entry.fault} (injected ${entry.injectedAt})`;
    process.stdout.write(`${what}: ${problem === null ? note : `NOT undone: ${problem}`}\n`);
  }
  const elsewhere = await entriesElsewhere(
    { journalFolder: journalFolder(), server: named?.display ?? null },
    restored.map(({ entry }) => entry),
  );
  for (const entry of elsewhere) process.stdout.write(`${elsewhereText(entry)}\n`);
  if (restored.length + elsewhere.length === 0) process.stdout.write("nothing is left to undo\n");
  const isLeft = elsewhere.length > 0 || restored.some(({ problem }) => problem !== null);
  return isLeft ? exitCodes.undoFailed : exitCodes.pass;
}

async function restore(named: Address | null): Promise<readonly Restored[]> {
  // No embedded server is made for this: on one that never was there is nothing to undo.
  if (named === null && !existsSync(filesIn(home()).dataFolder)) {
    return explainingHome(home(), () => strikeOutEmbedded(journalFolder()));
  }
  const server = await target(named);
  const { address, host } = server;
  return withRunLock(server, () =>
    restoreAll({ journalFolder: journalFolder(), server: named?.display ?? null, address, host }),
  );
}

/** What is left on another server than the one at hand, and what undoes it. */
export function elsewhereText({ fault, database, server }: JournalEntry): string {
  const where = server ?? "the embedded server";
  return `${fault} in ${database} on ${where}: not this server; run: ${restoreCommand(server)}`;
}
