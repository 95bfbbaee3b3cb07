/** What k6 itself has used. */
import { readFileSync } from "node:fs";
import { processStat } from "../../core/process-stat.ts";

/** Linux counts a process's time in hundredths of a second (USER_HZ), whatever its kernel does. */
const tickUs = 10_000;

/** User and system time, microseconds; null where the system does not tell. */
export function cpuUsOf(pid: number | null): number | null {
  const text = told(pid, "stat");
  const stat = text === null ? null : processStat(text);
  return stat === null ? null : stat.ownTicks * tickUs;
}

/** The most that it ever had (VmHWM in proc(5)), bytes; null where the system does not tell. */
export function memoryBytesMaxOf(pid: number | null): number | null {
  const kilobytes = /^VmHWM:\s*(\d+) kB$/m.exec(told(pid, "status") ?? "")?.[1];
  return kilobytes === undefined ? null : Number(kilobytes) * 1024;
}

/** Null: it has ended, or this is no Linux. */
function told(pid: number | null, file: "stat" | "status"): string | null {
  try {
    return pid === null ? null : readFileSync(`/proc/${pid}/${file}`, "utf8");
  } catch {
    return null;
  }
}
