/**
 * Streams of random numbers, each keyed by what it is for. Nothing is ever drawn from a shared
 * stream, so a retry, a slow neighbour or another session count cannot shift what a transaction
 * does. Integers only: both JavaScript engines (V8 here, Sobek in k6) then draw the same.
 */
import alea from "seedrandom/lib/alea.js";

export class Random {
  readonly #next: () => number;

  constructor(key: string) {
    this.#next = alea(key);
  }

  /** An integer from 0 to `count` - 1. */
  below(count: number): number {
    return Math.floor(this.#next() * count);
  }

  /** An integer from `min` to `max`, both included. */
  between(min: number, max: number): number {
    return min + this.below(max - min + 1);
  }

  pick<T>(items: readonly T[]): T {
    const item = items[this.below(items.length)];
    if (item === undefined) throw new RangeError("pick() from an empty list");
    return item;
  }

  /** `count` different integers below `limit`, in the order drawn. */
  distinctBelow(limit: number, count: number): number[] {
    if (count > limit) throw new RangeError(`${count} different integers below ${limit}`);
    const drawn = new Set<number>();
    // Robert Floyd's sampling (CACM 30(9), 1987): as many draws as integers wanted, whatever the limit.
    for (let top = limit - count; top < limit; top++) {
      const candidate = this.below(top + 1);
      drawn.add(drawn.has(candidate) ? top : candidate);
    }
    return this.shuffled([...drawn]);
  }

  /** A shuffled copy (Fisher-Yates). */
  shuffled<T>(items: readonly T[]): T[] {
    const copy = [...items];
    for (let last = copy.length - 1; last > 0; last--) {
      const other = this.below(last + 1);
      [copy[last], copy[other]] = [copy[other] as T, copy[last] as T];
    }
    return copy;
  }
}

/** The stream of one transaction's inputs. `phase` keeps the warm-up's draws out of the run's. */
export function transactionStream(
  seed: number,
  phase: "warmup" | "measured",
  session: number,
  number: number,
): Random {
  return new Random(`${seed}/${phase}/${session}/${number}`);
}

/** A stream for anything else, such as the jitter of retries or the order of a fixture's rows. */
export function namedStream(seed: number, ...name: readonly (string | number)[]): Random {
  return new Random(`${seed}/${name.join("/")}`);
}
