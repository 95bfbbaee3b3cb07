/** What k6 itself has used. */
import { readFileSync } from "node:fs";
import { processStat } from "../../core/process-stat.ts";

/** Linux counts a process's time in hundredths of a second (USER_HZ), whatever its kernel does. */
const tickUs = 10_000;

/** User and system time, microseconds; null where the system does not tell. */
export function cpuUsOf(pid: number | null): number | null {
  try {
    const stat = pid === null ? null : processStat(readFileSync(`/proc/${pid}/stat`, "utf8"));
    return stat === null ? null : stat.ownTicks * tickUs;
  } catch {
    return null;
  }
}
