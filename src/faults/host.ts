/** What a fault may do to the machine of the embedded server. There is none for other servers. */
import type { BlastRadius } from "../core/chaos-schedule.ts";

/** Whether it acts on the server's processes: nothing else can be done while it is in force. */
export function isOfHost({ radius }: { readonly radius: BlastRadius }): boolean {
  return radius === "host";
}

export interface HostControl {
  /** Stops every process of the server where it is (SIGSTOP); resolves with how many. */
  freeze(): Promise<number>;
  /** Lets all of them go on. Nothing happens if none is stopped. */
  thaw(): Promise<void>;
  /** How many of the server's processes are stopped now, and how many there are, by the machine's own account. */
  processes(): Promise<{ readonly stopped: number; readonly all: number }>;
  /**
   * `immediate`: without a checkpoint, so that the next start recovers as after a crash. `fast`: ends
   * the sessions and writes a checkpoint. Resolves when the server is gone.
   */
  stop(how: "immediate" | "fast"): Promise<void>;
  /** Starts it, or finds it running. Resolves when it takes connections. */
  start(): Promise<void>;
  /**
   * As the server wrote it down (pg_control), readable while it is down: "shut down" after its last
   * checkpoint, "in production" where it never wrote one, and has to recover.
   */
  clusterState(): Promise<string>;
  /** Of the file system that has the data. */
  freeBytes(): Promise<number>;
}
