/** SIGINT and SIGTERM end a run, or a loading, in good order: what was begun is ended, and kept. */
export interface Interruption {
  /** Aborts with the signal's name as its reason. */
  readonly signal: AbortSignal;
  /** From now on signals end the process at once again. */
  release(): void;
}

const ofRuns =
  "still undoing faults and writing what was measured; kill -9 leaves it to loadgen chaos restore";

/** `patience`: what who asks twice is told. */
export function interruption(patience = ofRuns): Interruption {
  const controller = new AbortController();
  const handle = (name: "SIGINT" | "SIGTERM") => {
    if (controller.signal.aborted) {
      process.stderr.write(`${patience}\n`);
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
