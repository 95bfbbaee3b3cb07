/** When the attempts of one transaction began, and what the failed ones of them took. */
import type { AttemptListener } from "../core/retry.ts";

export class Course implements AttemptListener {
  readonly #clockMs: () => number;
  #beganMs: number | null = null;
  #firstMs: number | null = null;
  #wastedMs = 0;

  constructor(clockMs: () => number) {
    this.#clockMs = clockMs;
  }

  began(): void {
    this.#beganMs = this.#clockMs();
  }

  failed(): void {
    const ms = this.#sinceBegan(this.#clockMs());
    this.#firstMs ??= ms;
    this.#wastedMs += ms;
  }

  /** Of the last attempt, on the run's clock; null: there was none. */
  get beganMs(): number | null {
    return this.#beganMs;
  }

  /** How long the first attempt took, whatever became of it. */
  firstUs(endMs: number): number {
    return (this.#firstMs ?? this.#sinceBegan(endMs)) * 1000;
  }

  /** In attempts that failed. */
  get wastedUs(): number {
    return this.#wastedMs * 1000;
  }

  #sinceBegan(endMs: number): number {
    return this.#beganMs === null ? 0 : endMs - this.#beganMs;
  }
}
