/**
 * A gate: the one in front of the sessions' connections, which the pool-limit fault narrows, and those
 * of a modelled service.
 */

/**
 * Lets so many through at a time, first come, first served. Those inside when it narrows finish;
 * nobody new enters until then. Every transaction passes it, and while it is wide open that costs
 * two additions: p-limit, which would do the same, takes longer than all else that a session does.
 */
export class Gate {
  readonly #waiting: (() => void)[] = [];
  #max = Number.POSITIVE_INFINITY;
  #inside = 0;
  #insideMax = 0;

  /** The most that were ever inside at once. */
  get insideMax(): number {
    return this.#insideMax;
  }

  /** How many wait in front of it. */
  get queue(): number {
    return this.#waiting.length;
  }

  /** Null: no limit. */
  limit(max: number | null): void {
    this.#max = max ?? Number.POSITIVE_INFINITY;
    this.#admit();
  }

  /** Null if one is inside at once; else resolves when one is let in. Whoever entered must leave. */
  enter(): Promise<void> | null {
    if (this.#inside < this.#max) {
      this.#count();
      return null;
    }
    return new Promise((letIn) => this.#waiting.push(letIn));
  }

  leave(): void {
    this.#inside--;
    this.#admit();
  }

  #admit(): void {
    while (this.#inside < this.#max) {
      const letIn = this.#waiting.shift();
      if (letIn === undefined) return;
      this.#count();
      letIn();
    }
  }

  #count(): void {
    this.#inside++;
    if (this.#inside > this.#insideMax) this.#insideMax = this.#inside;
  }
}
