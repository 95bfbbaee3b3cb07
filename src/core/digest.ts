/**
 * The fingerprint of everything a run decided to do. Each planned transaction's decisions are
 * hashed on their own and the hashes are combined by exclusive or, so the result does not depend
 * on who ran which transaction when: not on the engine, the number of workers or the timing.
 */
import type { Planned } from "./scenario.ts";

const digestBytes = 32;

export class Digest {
  readonly #bytes = new Uint8Array(digestBytes);

  /** `hash`: the SHA-256 of `decisionText`; the hash function is the engine's. */
  add(hash: Uint8Array): void {
    for (let index = 0; index < digestBytes; index++) {
      this.#bytes[index] = (this.#bytes[index] ?? 0) ^ (hash[index] ?? 0);
    }
  }

  toString(): string {
    return `sha256:${Array.from(this.#bytes, (byte) => byte.toString(16).padStart(2, "0")).join("")}`;
  }
}

/** What is hashed: which transaction it was, and all that was drawn for it. */
export function decisionText(session: number, number: number, planned: Planned): string {
  return JSON.stringify([session, number, planned.operation, planned.inputs]);
}
