/** Bytes that are written one after the other, in network order, into one buffer that grows. */

const firstBytes = 65_536;

/** UTF-8 has at most so many bytes for each unit of a JavaScript string. */
const bytesAUnitMax = 3;

export class ByteSheet {
  #bytes = Buffer.allocUnsafe(firstBytes);
  #length = 0;

  /** All of them; what is written afterwards may be in it or not. */
  get written(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }

  raw(bytes: Uint8Array): void {
    this.#room(bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  byte(value: number): void {
    this.#room(1);
    this.#length = this.#bytes.writeUInt8(value, this.#length);
  }

  int16(value: number): void {
    this.#room(2);
    this.#length = this.#bytes.writeInt16BE(value, this.#length);
  }

  int32(value: number): void {
    this.#room(4);
    this.#length = this.#bytes.writeInt32BE(value, this.#length);
  }

  int64(value: bigint): void {
    this.#room(8);
    this.#length = this.#bytes.writeBigInt64BE(value, this.#length);
  }

  text(text: string): void {
    this.#room(text.length * bytesAUnitMax);
    this.#length += this.#bytes.write(text, this.#length, "utf8");
  }

  /** Two hexadecimal digits a byte. */
  hex(digits: string): void {
    this.#room(digits.length / 2);
    this.#length += this.#bytes.write(digits, this.#length, "hex");
  }

  /** An int32 that will say how many bytes follow it: up to `endCounted`, which takes what this returns. */
  beginCounted(): number {
    this.int32(0);
    return this.#length;
  }

  endCounted(start: number): void {
    this.#bytes.writeInt32BE(this.#length - start, start - 4);
  }

  #room(bytes: number): void {
    const needed = this.#length + bytes;
    if (needed <= this.#bytes.length) return;
    const grown = Buffer.allocUnsafe(Math.max(needed, 2 * this.#bytes.length));
    this.#bytes.copy(grown, 0, 0, this.#length);
    this.#bytes = grown;
  }
}
