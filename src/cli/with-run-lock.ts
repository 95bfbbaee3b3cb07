/** For commands that change what a run stands on: they wait until no run is under way. */
import { acquireRunLock } from "../server/run-lock.ts";
import { interruption } from "./interruption.ts";
import type { Target } from "./target.ts";

export async function withRunLock<T>(
  { address, comesBack }: Target,
  work: () => Promise<T>,
): Promise<T> {
  const stop = interruption();
  try {
    const lock = await acquireRunLock(address, {
      signal: stop.signal,
      comesBack,
      onWaiting: () => process.stderr.write("waiting for a run on this server to end\n"),
    });
    // From here on a signal ends the command as it does any other.
    stop.release();
    try {
      return await work();
    } finally {
      await lock.release();
    }
  } finally {
    stop.release();
  }
}
