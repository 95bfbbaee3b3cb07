/**
 * What became of each transaction that may have left an entry in the ledger, as its client knows it.
 * Numbers in parallel arrays, 25 bytes for each: a million of them are no burden to the sessions.
 */
import type { Phase, StreamOwner } from "./random.ts";

/** Which planned transaction of a run. */
export interface TransactionName {
  readonly phase: Phase;
  readonly owner: StreamOwner;
  readonly number: number;
}

/**
 * - `acknowledged`: the server confirmed its COMMIT, and that there is an entry.
 * - `refused`: it was rolled back, or never got as far as COMMIT.
 * - `unknown`: the connection went while COMMIT was under way.
 */
export type Fate = "acknowledged" | "refused" | "unknown";

/** A transaction of the database: a planned one has as many parts as it begins, over all attempts. */
export interface Part extends TransactionName {
  readonly part: number;
  /** From 1 on: one attempt may have several parts, and only another one repeats what it did. */
  readonly attempt: number;
  /** Of its decisions, 52 bits. */
  readonly digest: number;
}

/** Plain data, for messages between threads. */
export interface FateArrays {
  readonly owners: Int32Array;
  readonly numbers: Int32Array;
  readonly parts: Int32Array;
  readonly attempts: Int32Array;
  readonly digests: Float64Array;
  readonly codes: Uint8Array;
}

/** Of an arrival, in place of a session. */
export const arrivalOwner = -1;

const phases: readonly Phase[] = ["warmup", "measured"];
const fates: readonly Fate[] = ["acknowledged", "refused", "unknown"];

const firstCapacity = 1_024;

export class Fates {
  #arrays = emptyArrays(firstCapacity);
  #length = 0;

  /** How many there are. */
  get length(): number {
    return this.#length;
  }

  add({ phase, owner, number, part, attempt, digest }: Part, fate: Fate): void {
    if (this.#length === this.#arrays.codes.length) this.#grow();
    const at = this.#length++;
    const { owners, numbers, parts, attempts, digests, codes } = this.#arrays;
    owners[at] = owner === "arrival" ? arrivalOwner : owner;
    numbers[at] = number;
    parts[at] = part;
    attempts[at] = attempt;
    digests[at] = digest;
    codes[at] = phases.indexOf(phase) * fates.length + fates.indexOf(fate);
  }

  partAt(index: number): Part {
    const { owners, numbers, parts, attempts, digests, codes } = this.#arrays;
    const owner = owners[index] as number;
    return {
      phase: phases[Math.floor((codes[index] as number) / fates.length)] as Phase,
      owner: owner === arrivalOwner ? "arrival" : owner,
      number: numbers[index] as number,
      part: parts[index] as number,
      attempt: attempts[index] as number,
      digest: digests[index] as number,
    };
  }

  fateAt(index: number): Fate {
    return fates[(this.#arrays.codes[index] as number) % fates.length] as Fate;
  }

  toArrays(): FateArrays {
    const length = this.#length;
    const { owners, numbers, parts, attempts, digests, codes } = this.#arrays;
    return {
      owners: owners.slice(0, length),
      numbers: numbers.slice(0, length),
      parts: parts.slice(0, length),
      attempts: attempts.slice(0, length),
      digests: digests.slice(0, length),
      codes: codes.slice(0, length),
    };
  }

  /** What several threads know together. */
  static from(all: readonly FateArrays[]): Fates {
    const joined = new Fates();
    joined.#length = all.reduce((sum, { codes }) => sum + codes.length, 0);
    joined.#arrays = emptyArrays(Math.max(joined.#length, firstCapacity));
    let at = 0;
    for (const arrays of all) {
      copyInto(joined.#arrays, arrays, at);
      at += arrays.codes.length;
    }
    return joined;
  }

  #grow(): void {
    const grown = emptyArrays(2 * this.#arrays.codes.length);
    copyInto(grown, this.#arrays, 0);
    this.#arrays = grown;
  }
}

function emptyArrays(capacity: number): FateArrays {
  return {
    owners: new Int32Array(capacity),
    numbers: new Int32Array(capacity),
    parts: new Int32Array(capacity),
    attempts: new Int32Array(capacity),
    digests: new Float64Array(capacity),
    codes: new Uint8Array(capacity),
  };
}

function copyInto(target: FateArrays, source: FateArrays, at: number): void {
  target.owners.set(source.owners, at);
  target.numbers.set(source.numbers, at);
  target.parts.set(source.parts, at);
  target.attempts.set(source.attempts, at);
  target.digests.set(source.digests, at);
  target.codes.set(source.codes, at);
}

/** A transaction as people are told of it. */
export function nameText({ phase, owner, number }: TransactionName): string {
  const warmup = phase === "warmup" ? " of the warm-up" : "";
  return owner === "arrival"
    ? `arrival ${number}'s transaction${warmup}`
    : `session ${owner}'s transaction ${number}${warmup}`;
}
