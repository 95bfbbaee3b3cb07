/**
 * Takes down what a thread's sessions have decided, for the run's digest. Hashing is put off until
 * there is a heap to hash: between two statements the code for it is in no cache, and then costs
 * several times as much as hashing one after the other.
 */
import { hash } from "node:crypto";
import { decisionText, Digest } from "../core/digest.ts";
import type { StreamOwner } from "../core/random.ts";
import type { Planned } from "../core/scenario.ts";

/** In hexadecimal digits. */
export function sha256(text: string): string {
  return hash("sha256", text, "hex");
}

/** Hashing so many keeps the event loop for less than a tenth of a millisecond. */
const heapMax = 64;

interface Decision {
  readonly owner: StreamOwner;
  readonly number: number;
  readonly planned: Planned;
}

export class Decisions {
  readonly #digest = new Digest();
  readonly #heap: Decision[] = [];

  add(owner: StreamOwner, number: number, planned: Planned): void {
    this.#heap.push({ owner, number, planned });
    if (this.#heap.length >= heapMax) this.#hashAll();
  }

  /** Of all that were added. */
  get digest(): string {
    this.#hashAll();
    return this.#digest.toString();
  }

  #hashAll(): void {
    for (const { owner, number, planned } of this.#heap) {
      this.#digest.add(hash("sha256", decisionText(owner, number, planned), "binary"));
    }
    this.#heap.length = 0;
  }
}
