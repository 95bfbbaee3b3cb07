/**
 * The fingerprint of everything a run decided to do. Each planned transaction's decisions are
 * hashed on their own and the hashes are combined by exclusive or, so the result does not depend
 * on who ran which transaction when: not on the engine, the number of workers or the timing.
 */
import type { StreamOwner } from "./random.ts";
import type { Planned } from "./scenario.ts";

const digestBytes = 32;

export class Digest {
  readonly #bytes = new Uint8Array(digestBytes);

  /**
   * `hash`: the SHA-256 of `decisionText`, one character a byte (Latin-1); the hash function is the
   * engine's. Text, because that is what Node hands over quickest.
   */
  add(hash: string): void {
    for (let index = 0; index < digestBytes; index++) {
      this.#bytes[index] = (this.#bytes[index] ?? 0) ^ hash.charCodeAt(index);
    }
  }

  /** Takes in what another thread or process has decided. */
  merge(other: Digest): void {
    this.add(String.fromCharCode(...other.#bytes));
  }

  /** What `toString` gives. Throws on anything else. */
  static from(text: string): Digest {
    const hex = /^sha256:([0-9a-f]{64})$/.exec(text)?.[1];
    if (hex === undefined) throw new TypeError(`no digest: ${text}`);
    const digest = new Digest();
    digest.#bytes.forEach((_, index) => {
      digest.#bytes[index] = Number.parseInt(hex.slice(2 * index, 2 * index + 2), 16);
    });
    return digest;
  }

  toString(): string {
    return `sha256:${Array.from(this.#bytes, (byte) => byte.toString(16).padStart(2, "0")).join("")}`;
  }
}

/** What is hashed: which transaction it was, and all that was drawn for it. */
export function decisionText(owner: StreamOwner, number: number, planned: Planned): string {
  return JSON.stringify([owner, number, planned.operation, planned.inputs]);
}
