/** Looks that were due and did not come to anything, counted: what is observed never ends for one. */
import { ServerError } from "../server/connection.ts";

export class MissedLooks {
  readonly #counts = new Map<string, number>();

  get total(): number {
    return [...this.#counts.values()].reduce((sum, count) => sum + count, 0);
  }

  /** By SQLSTATE or transport code, and by what else was given to `add`. */
  get byCode(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#counts);
  }

  add(code: string, count: number): void {
    this.#counts.set(code, (this.#counts.get(code) ?? 0) + count);
  }

  /** Null: missed. Only the server's failures are survived: anything else is a bug, and shows as one. */
  async orMissed<T>(look: () => Promise<T>): Promise<T | null> {
    try {
      return await look();
    } catch (error) {
      if (!(error instanceof ServerError)) throw error;
      this.add(error.code || "connection", 1);
      return null;
    }
  }
}
