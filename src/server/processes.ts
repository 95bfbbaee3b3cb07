/** Processes of this machine as /proc shows them (proc(5)); Linux only. */
import { readdir, readFile } from "node:fs/promises";

export interface ProcessState {
  readonly pid: number;
  readonly parent: number;
  /** One letter: T is stopped, Z ended and not yet collected by its parent. */
  readonly state: string;
}

/** A process and its children; those that have ended are left out. */
export async function familyOf(pid: number): Promise<readonly ProcessState[]> {
  // Without a /proc there is nothing to be seen.
  const names = (await readdir("/proc").catch(() => [])).filter((name) => /^\d+$/.test(name));
  const all = await Promise.all(names.map((name) => stateOf(Number(name))));
  return all.flatMap((one) =>
    one !== null && (one.pid === pid || one.parent === pid) && !/[ZX]/.test(one.state) ? [one] : [],
  );
}

async function stateOf(pid: number): Promise<ProcessState | null> {
  try {
    const text = await readFile(`/proc/${pid}/stat`, "utf8");
    // The second field is a name in brackets, which may have spaces and brackets of its own.
    const [state = "", parent] = text.slice(text.lastIndexOf(")") + 2).split(" ");
    return { pid, parent: Number(parent), state };
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
