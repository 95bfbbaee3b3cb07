/** The gate in front of the sessions' connections, which the pool-limit fault narrows. */
import pLimit, { type LimitFunction } from "p-limit";

/** Lets so many through at a time. Those inside when it narrows finish; nobody new enters until then. */
export class Gate {
  readonly #limit: LimitFunction = pLimit(Number.POSITIVE_INFINITY);

  limit(max: number | null): void {
    this.#limit.concurrency = max ?? Number.POSITIVE_INFINITY;
  }

  /** `work` is told how long it had to wait, in microseconds. */
  run<T>(work: (waitUs: number) => Promise<T>): Promise<T> {
    const askedMs = performance.now();
    return this.#limit(() => work((performance.now() - askedMs) * 1000));
  }
}
