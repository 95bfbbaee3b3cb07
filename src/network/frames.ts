/**
 * Walks over the messages of one direction by their lengths alone, however the network cut them,
 * without copying: of each it looks at the first bytes. PostgreSQL manual, "Message Flow".
 */

/** Type and length. */
const headerBytes = 5;

/** Header, and as much of the text as tells COMMIT from anything else, behind k6's guard, too. */
const headBytesMax = headerBytes + "savepoint loadgen_guard; commit".length;

/** Where something is in the chunk that is being walked over. */
type At = number;

export interface FrameListener {
  /** A message begins: of those of the wanted types, `head` has the first bytes behind the header. */
  begins(type: number, head: string, at: At): void;
  /** Its last byte is before this one. */
  ends(type: number, at: At): void;
}

export class Frames {
  readonly #listener: FrameListener;
  /** Of the types of which more than the header is wanted. */
  readonly #wanted: ReadonlySet<number>;
  readonly #head = Buffer.alloc(headBytesMax);
  #headBytes = 0;
  #type = 0;
  /** Of the message under way. */
  #rest = 0;

  constructor(wanted: readonly string[], listener: FrameListener) {
    this.#wanted = new Set(wanted.map((type) => type.charCodeAt(0)));
    this.#listener = listener;
  }

  /** Throws an Error on what cannot be a message; nothing can be read after that. */
  walk(chunk: Buffer, from: number): void {
    let at = from;
    while (at < chunk.length) {
      if (this.#rest > 0) {
        const taken = Math.min(this.#rest, chunk.length - at);
        at += taken;
        this.#rest -= taken;
        if (this.#rest === 0) this.#listener.ends(this.#type, at);
        continue;
      }
      const begun = at;
      at = this.#take(chunk, at, headerBytes);
      if (this.#headBytes < headerBytes) return;
      const size = 1 + this.#head.readInt32BE(1);
      if (size < headerBytes) throw new Error(`a message of ${size} bytes, which none can have`);
      this.#type = this.#head[0] ?? 0;
      const wanted = this.#wanted.has(this.#type) ? Math.min(size, headBytesMax) : headerBytes;
      at = this.#take(chunk, at, wanted);
      if (this.#headBytes < wanted) return;
      const head = wanted > headerBytes ? this.#head.toString("latin1", headerBytes, wanted) : "";
      this.#listener.begins(this.#type, head, begun);
      this.#headBytes = 0;
      this.#rest = size - wanted;
      if (this.#rest === 0) this.#listener.ends(this.#type, at);
    }
  }

  /** Fills the head up to `wanted` bytes; returns where it goes on. */
  #take(chunk: Buffer, from: At, wanted: number): At {
    let at = from;
    while (this.#headBytes < wanted && at < chunk.length) {
      this.#head[this.#headBytes++] = chunk[at++] ?? 0;
    }
    return at;
  }
}
