/** `loadgen chaos restore`: undoes whatever an interrupted run left behind. */
import { type ExitCode, exitCodes } from "../../core/verdict.ts";
import { restoreAll } from "../../run/restore.ts";
import { acquireRunLock } from "../../server/run-lock.ts";
import { interruption } from "../interruption.ts";
import { journalFolder, namedAddress, target } from "../target.ts";

export async function chaosRestore(url: string | undefined): Promise<ExitCode> {
  const named = namedAddress(url);
  const { address } = await target(named);
  const stop = interruption();
  const lock = await acquireRunLock(address, {
    signal: stop.signal,
    onWaiting: () => process.stderr.write("waiting for a run on this server to end\n"),
  });
  try {
    const restored = await restoreAll({
      journalFolder: journalFolder(),
      server: named?.display ?? null,
      address,
    });
    for (const { entry, problem, note } of restored) {
      const what = `${entry.fault} (injected ${entry.injectedAt})`;
      process.stdout.write(problem === null ? `${what}: ${note}\n` : `${what}: NOT undone: ${problem}\n`);
    }
    if (restored.length === 0) process.stdout.write("nothing is left to undo\n");
    return restored.some(({ problem }) => problem !== null) ? exitCodes.undoFailed : exitCodes.pass;
  } finally {
    await lock.release();
    stop.release();
  }
}
