/**
 * Who injected a fault: a process of this machine, told apart from a later one that was given the
 * same number. As long as it lives, its faults are its own to undo.
 */
import { readFile } from "node:fs/promises";
import { z } from "zod";
import { processStat } from "../core/process-stat.ts";

export interface Owner {
  readonly pid: number;
  /** When it was started: which boot, and which tick of its clock. Empty where there is no /proc. */
  readonly started: string;
}

export const ownerSchema = z.object({ pid: z.int().positive(), started: z.string() });

export async function thisProcess(): Promise<Owner> {
  return { pid: process.pid, started: (await startedOf(process.pid)) ?? "" };
}

/** That it is another process than this one, and still there. */
export async function isLivingOther(owner: Owner | null): Promise<boolean> {
  if (owner === null || owner.pid === process.pid) return false;
  const started = await startedOf(owner.pid);
  return started !== null && started === owner.started;
}

/** Null: there is no such process, or it has ended and was not collected yet. */
async function startedOf(pid: number): Promise<string | null> {
  try {
    const [boot, stat] = await Promise.all([
      readFile("/proc/sys/kernel/random/boot_id", "utf8"),
      readFile(`/proc/${pid}/stat`, "utf8"),
    ]);
    const found = processStat(stat);
    return found === null || found.hasEnded ? null : `${boot.trim()}/${found.startedTicks}`;
  } catch {
    return null; // No such process, or no Linux, where the embedded server's faults do not work either.
  }
}
