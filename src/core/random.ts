/**
 * Streams of random numbers, each keyed by what it is for. Nothing is ever drawn from a shared
 * stream, so a retry, a slow neighbour or another session count cannot shift what a transaction
 * does. Integers only: both JavaScript engines (V8 here, Sobek in k6) then draw the same.
 */
import tychei from "seedrandom/lib/tychei.js";

export class Random {
  readonly #next: () => number;

  constructor(key: string) {
    this.#next = tychei(key);
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

/** Warm-up draws from streams of its own, so that its length does not shift the run's. */
export type Phase = "warmup" | "measured";

/**
 * What a transaction's stream is keyed by, beside its number: the session that runs it in a closed
 * loop; in an open one any session may run it, and it is the arrival's number that counts.
 */
export type StreamOwner = number | "arrival";

/** What a scenario is told of the owner, which is one of `sessions`: an arrival is whoever's turn it would be. */
export function ownerNumber(owner: StreamOwner, number: number, sessions: number): number {
  return owner === "arrival" ? number % sessions : owner;
}

/** The stream of one transaction's inputs. */
export function transactionStream(
  seed: number,
  phase: Phase,
  owner: StreamOwner,
  number: number,
): Random {
  return new Random(`${seed}/${phase}/${owner}/${number}`);
}

/** A stream for anything else, such as the jitter of retries or the order of a fixture's rows. */
export function namedStream(seed: number, ...name: readonly (string | number)[]): Random {
  return new Random(`${seed}/${name.join("/")}`);
}
