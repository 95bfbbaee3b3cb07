/** SIGINT and SIGTERM end a run in good order: faults are undone, and what was measured is written. */
export interface Interruption {
  /** Aborts with the signal's name as its reason. */
  readonly signal: AbortSignal;
  /** From now on signals end the process at once again. */
  release(): void;
}

export function interruption(): Interruption {
  const controller = new AbortController();
  const handle = (name: "SIGINT" | "SIGTERM") => {
    if (controller.signal.aborted) {
      process.stderr.write(
        "still undoing faults and writing what was measured; kill -9 leaves it to loadgen chaos restore\n",
      );
    }
    controller.abort(name);
  };
  const onInterrupt = () => handle("SIGINT");
  const onTerminate = () => handle("SIGTERM");
  process.on("SIGINT", onInterrupt);
  process.on("SIGTERM", onTerminate);
  return {
    signal: controller.signal,
    release() {
      process.off("SIGINT", onInterrupt);
      process.off("SIGTERM", onTerminate);
    },
  };
}
