/**
 * Who may use the server: all those who need its answers, together, or somebody who stops it, alone.
 */
export class ServerShare {
  readonly #atWork = new Set<Promise<void>>();
  #takers = 0;
  /** Resolves when nobody has it to himself any more. */
  #free: Promise<void> = Promise.resolve();
  #setFree: () => void = () => undefined;

  /** Does the work while the server answers: at once, or when it was given back. */
  async use(work: () => Promise<void>): Promise<void> {
    // Another may take it before this one has its turn.
    while (this.#takers > 0) await this.#free;
    const working = work();
    this.#atWork.add(working);
    return working.finally(() => this.#atWork.delete(working));
  }

  /**
   * Keeps others waiting, and resolves when those at work are done, whatever became of their work.
   * @returns what gives it back; to call it twice is no harm.
   */
  async take(): Promise<() => void> {
    if (this.#takers++ === 0) this.#free = new Promise((resolve) => (this.#setFree = resolve));
    await Promise.allSettled(this.#atWork);
    let isGivenBack = false;
    return () => {
      if (isGivenBack) return;
      isGivenBack = true;
      if (--this.#takers === 0) this.#setFree();
    };
  }
}
