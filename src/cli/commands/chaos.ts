/** `loadgen chaos restore`: undoes whatever an interrupted run left behind. */
import { type ExitCode, exitCodes } from "../../core/verdict.ts";
import { restoreAll } from "../../run/restore.ts";
import { journalFolder, namedAddress, target } from "../target.ts";
import { withRunLock } from "../with-run-lock.ts";

export async function chaosRestore(url: string | undefined): Promise<ExitCode> {
  const named = namedAddress(url);
  const { address } = await target(named);
  const restored = await withRunLock(address, () =>
    restoreAll({ journalFolder: journalFolder(), server: named?.display ?? null, address }),
  );
  for (const { entry, problem, note } of restored) {
    const what = `${entry.fault} (injected ${entry.injectedAt})`;
    process.stdout.write(`${what}: ${problem === null ? note : `NOT undone: ${problem}`}\n`);
  }
  if (restored.length === 0) process.stdout.write("nothing is left to undo\n");
  return restored.some(({ problem }) => problem !== null) ? exitCodes.undoFailed : exitCodes.pass;
}
