/**
 * What a thread used of its core, and how long it was kept from one. Linux tells both for each
 * thread: /proc/<pid>/task/<tid>/schedstat ("CPU time, run delay, time slices", in ns; kernel
 * documentation, scheduler/sched-stats). Elsewhere there is the process's CPU time only.
 */
import { closeSync, openSync, readSync } from "node:fs";

export interface ThreadTimes {
  /** The thread's user and system time; where it cannot be told apart, the process's. */
  readonly cpuUs: number;
  /** How long it was ready to run and had no core; null where the system does not tell. */
  readonly runQueueUs: number | null;
}

export interface ThreadClock {
  /** Since the thread began. */
  read(): ThreadTimes;
  close(): void;
}

/** Of the thread that opens it. */
export const ownSchedstat = "/proc/thread-self/schedstat";

/** Three numbers of at most 20 digits. */
const lengthMax = 64;

/** Reads `path` again and again, from the one time it is opened: that is the cheapest way to ask. */
export function openThreadClock(path: string): ThreadClock {
  const file = openedOrNull(path);
  if (file === null) return processClock;
  const bytes = Buffer.alloc(lengthMax);
  const numbers = () => {
    const length = readSync(file, bytes, 0, lengthMax, 0);
    return bytes.toString("latin1", 0, length).split(" ").map(Number);
  };
  const [, , timeSlices = 0] = numbers();
  // A kernel that does not keep these statistics has the file all the same, and zeros in it.
  if (timeSlices === 0) {
    closeSync(file);
    return processClock;
  }
  return {
    read() {
      const [cpuNs = 0, runQueueNs = 0] = numbers();
      return { cpuUs: Math.round(cpuNs / 1000), runQueueUs: Math.round(runQueueNs / 1000) };
    },
    close: () => closeSync(file),
  };
}

const processClock: ThreadClock = {
  read() {
    const { user, system } = process.cpuUsage();
    return { cpuUs: user + system, runQueueUs: null };
  },
  close: () => undefined,
};

function openedOrNull(path: string): number | null {
  try {
    return openSync(path, "r");
  } catch {
    return null; // Not Linux, or no /proc here: both are no reason to fail.
  }
}
