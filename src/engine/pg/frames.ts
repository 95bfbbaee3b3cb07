/**
 * Finds the messages of the server in what arrives from it, cut wherever the network cut it. A
 * message that is there as a whole, as nearly all are, is handled where it lies; of one that is not,
 * what is there is kept until the rest has come.
 */

/**
 * Called with a message: its type at `start`, its length in the next four bytes, then its content up
 * to `end`. The bytes are valid during the call only.
 */
export type OnFrame = (bytes: Buffer, start: number, end: number) => void;

/** Type and length. PostgreSQL manual, "Message Formats". */
export const headerBytes = 5;

/** PostgreSQL makes no message larger than what it can allocate at once (MaxAllocSize). */
const frameBytesMax = 1 + 0x3fff_ffff;

const nothing = Buffer.alloc(0);

export class FrameScanner {
  readonly #onFrame: OnFrame;
  /** The beginning of the message that was cut. */
  #kept = nothing;
  #keptBytes = 0;

  constructor(onFrame: OnFrame) {
    this.#onFrame = onFrame;
  }

  /** Throws an Error on what cannot be a message; nothing can be read after that. */
  push(bytes: Buffer, length: number): void {
    let start = this.#keptBytes === 0 ? 0 : this.#complete(bytes, length);
    while (length - start >= headerBytes) {
      const end = start + frameBytes(bytes, start);
      if (end > length) break;
      this.#onFrame(bytes, start, end);
      start = end;
    }
    if (start < length) this.#keep(bytes, start, length);
  }

  /** Adds to what was kept as much as belongs to it, and returns where the next message begins. */
  #complete(bytes: Buffer, length: number): number {
    const header = Math.min(length, Math.max(0, headerBytes - this.#keptBytes));
    this.#keep(bytes, 0, header);
    if (this.#keptBytes < headerBytes) return length;
    const size = frameBytes(this.#kept, 0);
    const end = Math.min(length, header + size - this.#keptBytes);
    this.#keep(bytes, header, end);
    if (this.#keptBytes === size) {
      const kept = this.#kept;
      this.#kept = nothing;
      this.#keptBytes = 0;
      this.#onFrame(kept, 0, size);
    }
    return end;
  }

  /** Grows by doubling, so that a message of many chunks costs time in proportion to its size. */
  #keep(bytes: Buffer, start: number, end: number): void {
    const keptBytes = this.#keptBytes + end - start;
    if (keptBytes > this.#kept.length) {
      const kept = Buffer.allocUnsafe(Math.max(keptBytes, 2 * this.#kept.length));
      this.#kept.copy(kept, 0, 0, this.#keptBytes);
      this.#kept = kept;
    }
    bytes.copy(this.#kept, this.#keptBytes, start, end);
    this.#keptBytes = keptBytes;
  }
}

/** Of the whole message, type and length included. */
function frameBytes(bytes: Buffer, start: number): number {
  const size = 1 + int32At(bytes, start + 1);
  if (size >= headerBytes && size <= frameBytesMax) return size;
  throw new Error(`the server sent a message of ${size} bytes, which none can have`);
}

// By hand, for Buffer's own readers check the bounds, which a complete message has been checked for.

export function int16At(bytes: Buffer, at: number): number {
  return (byteAt(bytes, at) << 8) | byteAt(bytes, at + 1);
}

export function int32At(bytes: Buffer, at: number): number {
  return (int16At(bytes, at) << 16) | int16At(bytes, at + 2);
}

export function byteAt(bytes: Buffer, at: number): number {
  return bytes[at] ?? 0;
}
