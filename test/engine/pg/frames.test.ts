import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FrameScanner, int16At, int32At } from "../../../src/engine/pg/frames.ts";

interface Message {
  readonly type: number;
  readonly content: Buffer;
}

const message = fc.record({
  type: fc.integer({ min: 1, max: 255 }),
  content: fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
});

function framed({ type, content }: Message): Buffer {
  const header = Buffer.alloc(5);
  header.writeUInt8(type);
  header.writeInt32BE(4 + content.length, 1);
  return Buffer.concat([header, content]);
}

/** Everything between the cuts, in order. */
function cutAt(bytes: Buffer, cuts: readonly number[]): readonly Buffer[] {
  const places = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].sort((a, b) => a - b);
  return [0, ...places].map((place, index) => bytes.subarray(place, places[index] ?? bytes.length));
}

function scanned(chunks: readonly Buffer[]): readonly Buffer[] {
  const found: Buffer[] = [];
  const scanner = new FrameScanner((bytes, start, end) => {
    found.push(Buffer.from(bytes.subarray(start, end)));
  });
  // One buffer for all of them, as the sockets of a thread have it.
  const shared = Buffer.alloc(Math.max(...chunks.map((chunk) => chunk.length)));
  for (const chunk of chunks) {
    shared.fill(0xff);
    chunk.copy(shared);
    scanner.push(shared, chunk.length);
  }
  return found;
}

describe("the scanner of messages", () => {
  it("finds every message, wherever the network cut them", () => {
    fc.assert(
      fc.property(fc.array(message), fc.array(fc.nat()), (messages, cuts) => {
        const frames = messages.map(framed);
        expect(scanned(cutAt(Buffer.concat(frames), cuts))).toEqual(frames);
      }),
    );
  });

  it("finds them byte by byte", () => {
    const frames = [0, 1, 4, 300].map((size) =>
      framed({ type: 68, content: Buffer.alloc(size, size) }),
    );
    const bytes = [...Buffer.concat(frames)].map((byte) => Buffer.of(byte));
    expect(scanned(bytes)).toEqual(frames);
  });

  it("hands out a message where it lies, if it is there as a whole", () => {
    const frames = [
      framed({ type: 68, content: Buffer.from("row") }),
      framed({ type: 90, content: Buffer.from("I") }),
    ];
    const chunk = Buffer.concat(frames);
    const found: (readonly [boolean, number, number])[] = [];
    const scanner = new FrameScanner((bytes, start, end) =>
      found.push([bytes === chunk, start, end]),
    );
    scanner.push(chunk, chunk.length);
    expect(found).toEqual([
      [true, 0, 8],
      [true, 8, 14],
    ]);
  });

  it("completes a large message from small pieces, which would take hours if each copied all before", () => {
    const frame = framed({ type: 68, content: Buffer.alloc(8_000_000, "x") });
    let found = 0;
    const scanner = new FrameScanner((bytes, start, end) => {
      found++;
      expect(bytes.subarray(start, end).equals(frame)).toBe(true);
    });
    for (let at = 0; at < frame.length; at += 16) {
      scanner.push(frame.subarray(at), Math.min(16, frame.length - at));
    }
    expect(found).toBe(1);
  });

  it("goes on after a message that was cut", () => {
    const frames = [
      framed({ type: 68, content: Buffer.alloc(10) }),
      framed({ type: 90, content: Buffer.from("T") }),
    ];
    const bytes = Buffer.concat(frames);
    expect(scanned([bytes.subarray(0, 7), bytes.subarray(7)])).toEqual(frames);
  });

  it.each([
    ["negative", Buffer.of(68, 0xff, 0xff, 0xff, 0xff)],
    ["shorter than itself", Buffer.of(68, 0, 0, 0, 3)],
    ["larger than any message of PostgreSQL", Buffer.of(68, 0x40, 0, 0, 0)],
  ])("refuses a length that is %s, also behind a cut", (_, header) => {
    expect(() => scanned([header])).toThrow("which none can have");
    expect(() => scanned([header.subarray(0, 2), header.subarray(2)])).toThrow(
      "which none can have",
    );
  });

  it("reads the protocol's numbers as Buffer does", () => {
    fc.assert(
      fc.property(fc.integer(), fc.nat(0xffff), (int32, int16) => {
        const bytes = Buffer.alloc(6);
        bytes.writeInt32BE(int32);
        bytes.writeUInt16BE(int16, 4);
        expect([int32At(bytes, 0), int16At(bytes, 4)]).toEqual([int32, int16]);
      }),
    );
  });
});
