/** What a fault may do to the machine of the embedded server. There is none for other servers. */

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
  /** Of the file system that has the data. */
  freeBytes(): Promise<number>;
}
