/** Processes of this machine as /proc shows them (proc(5)); Linux only. */
import { readdir, readFile } from "node:fs/promises";
import { type ProcessStat, processStat } from "../core/process-stat.ts";

/** A process and its children; those that have ended are left out. */
export async function familyOf(pid: number): Promise<readonly ProcessStat[]> {
  // Without a /proc there is nothing to be seen.
  const names = (await readdir("/proc").catch(() => [])).filter((name) => /^\d+$/.test(name));
  const all = await Promise.all(names.map((name) => stateOf(Number(name))));
  return all.flatMap((one) =>
    one !== null && (one.pid === pid || one.parent === pid) && !one.hasEnded ? [one] : [],
  );
}

async function stateOf(pid: number): Promise<ProcessStat | null> {
  try {
    return processStat(await readFile(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return null; // It ended while it was looked at, or is hidden from us, and then none of ours.
  }
}

/** That it has ended meanwhile is no failure. */
export function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
