/**
 * Beside a run that stops or ends its server there is a watchdog: a process of its own that outlives
 * the run, should that be killed, and undoes what it left of such faults; then it goes. Its stdin is
 * a pipe that only the run holds: when it ends, the run is over, however that came.
 */
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { Writable } from "node:stream";
import { isOfHost } from "../faults/host.ts";
import type { ArmedFault } from "../run/faults/fault-course.ts";
import { packageRoot } from "../server/package-root.ts";

/** What a run that has ended by itself tells its watchdog, which then has nothing to do. */
export const allIsWell = "well";

/** Does the work with a watchdog beside it, if one of the faults needs one. */
export async function withHostWatchdog<T>(
  runId: string,
  armed: readonly ArmedFault[],
  work: () => Promise<T>,
): Promise<T> {
  if (!armed.some(({ fault }) => isOfHost(fault))) return work();
  const watchdog = await started(runId);
  try {
    return await work();
  } finally {
    // What could not be undone by then, the run has told; its watchdog would fare no better.
    await dismissed(watchdog);
  }
}

async function started(runId: string): Promise<ChildProcessByStdio<Writable, null, null>> {
  const child = spawn(
    process.execPath,
    [join(packageRoot(), "dist", "host-watchdog.js"), runId],
    // Detached: a Ctrl-C in the terminal is for the run alone.
    { detached: true, stdio: ["pipe", "ignore", "ignore"] },
  );
  // One that was killed reads no farewell.
  child.stdin.on("error", () => undefined);
  await once(child, "spawn");
  return child;
}

async function dismissed(child: ChildProcessByStdio<Writable, null, null>): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, "exit");
  child.stdin.end(allIsWell);
  await gone;
}
