/**
 * The message that a thread is about to send, written byte by byte into one buffer that grows to the
 * largest of them: no objects and hardly a string are made on the way from a parameter to the server.
 */
import { Failure } from "../../core/failure.ts";

/** Most messages are far smaller; a larger buffer is given back once its message is sent. */
const keptBytesMax = 1_048_576;

/** The server takes no message that it could not allocate at once (MaxAllocSize). */
export const messageBytesMax = 0x3fff_ffff;

/** Up to here a loop over the characters is faster than the call that encodes them. */
const asciiLengthMax = 48;

export class Output {
  readonly #bytesMax: number;
  bytes = Buffer.allocUnsafe(4_096);
  length = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  /** Begins a new message. */
  clear(): void {
    this.length = 0;
    if (this.bytes.length > keptBytesMax) this.bytes = Buffer.allocUnsafe(keptBytesMax);
  }

  /** Makes room for `count` bytes. Throws a Failure where the message becomes too large to be sent. */
  reserve(count: number): void {
    const needed = this.length + count;
    if (needed <= this.bytes.length) return;
    if (needed > this.#bytesMax) {
      const message = `a statement with its parameters is larger than ${this.#bytesMax} bytes`;
      throw new Failure("refused", "message-too-large", message);
    }
    const bytes = Buffer.allocUnsafe(Math.max(needed, 2 * this.bytes.length));
    this.bytes.copy(bytes, 0, 0, this.length);
    this.bytes = bytes;
  }

  // What follows writes into room that was reserved.

  byte(value: number): void {
    this.bytes[this.length++] = value;
  }

  int16(value: number): void {
    const { bytes, length } = this;
    bytes[length] = value >> 8;
    bytes[length + 1] = value;
    this.length = length + 2;
  }

  int32(value: number): void {
    const { bytes, length } = this;
    bytes[length] = value >> 24;
    bytes[length + 1] = value >> 16;
    bytes[length + 2] = value >> 8;
    bytes[length + 3] = value;
    this.length = length + 4;
  }

  float64(value: number): void {
    this.length = this.bytes.writeDoubleBE(value, this.length);
  }

  // What follows reserves its own room.

  raw(bytes: Buffer): void {
    this.reserve(bytes.length);
    for (let at = 0; at < bytes.length; at++) this.byte(bytes[at] as number);
  }

  /** A value as text, behind its length. */
  text(value: string): void {
    if (value.length <= asciiLengthMax && this.#ascii(value)) return;
    const size = Buffer.byteLength(value);
    this.reserve(4 + size);
    this.int32(size);
    this.length += this.bytes.write(value, this.length);
  }

  /** False, and nothing written, if it is not of ASCII alone. */
  #ascii(value: string): boolean {
    this.reserve(4 + value.length);
    const { bytes } = this;
    let at = this.length + 4;
    for (let index = 0; index < value.length; index++) {
      const code = value.charCodeAt(index);
      if (code > 127) return false;
      bytes[at++] = code;
    }
    this.int32(value.length);
    this.length = at;
    return true;
  }
}
