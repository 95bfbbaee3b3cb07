/**
 * The way of bytes between the lean connection and the server, with as little in between as Node's
 * public interfaces allow. A socket hands out a new buffer for every read and sends everything
 * through the machinery of streams; a point select is so small that this is most of its cost. Here
 * all sockets of a thread read into one buffer, and what they write goes to the descriptor at once
 * while nothing waits in front of it. `npm run bench` shows what that is worth.
 */
import { writeSync } from "node:fs";
import { type ConnectOpts, Socket, type SocketConstructorOpts } from "node:net";
import type { Duplex } from "node:stream";

/** Called with the bytes that arrived: the first `length` of the buffer, valid during the call only. */
export type Consume = (bytes: Buffer, length: number) => void;

/** Sends the first `length` bytes; they may be overwritten afterwards. Errors come from the stream, later. */
export type Send = (bytes: Buffer, length: number) => void;

/** As much as libuv reads at a time. */
const receivedBytesMax = 65_536;

/** Every read is consumed before the next one, of whatever socket of this thread, begins. */
const received = Buffer.allocUnsafe(receivedBytesMax);

/** Until it is taken over it behaves as any socket does, for the driver to connect and to log in. */
class LeanSocket extends Socket {
  #consume: Consume = (bytes, length) => {
    this.emit("data", Buffer.from(bytes.subarray(0, length)));
  };

  constructor() {
    const onread = {
      buffer: received,
      callback: (length: number): boolean => {
        this.#consume(received, length);
        return true;
      },
    };
    const options: SocketConstructorOpts & ConnectOpts = { onread };
    super(options);
  }

  takeOver(consume: Consume): Send {
    this.#consume = consume;
    // Of Node's internals, since nothing public has it; where it is missing, the stream does the work.
    const { _handle: handle } = this as unknown as { _handle: { fd?: number } | null };
    const descriptor = handle?.fd ?? -1;
    return descriptor < 0
      ? copyingTo(this)
      : (bytes, length) => {
          this.#sendTo(descriptor, bytes, length);
        };
  }

  #sendTo(descriptor: number, bytes: Buffer, length: number): void {
    let sent = 0;
    // Once the socket is destroyed, which `writable` tells, the descriptor may be someone else's.
    if (this.writableLength === 0 && this.writable) {
      try {
        sent = writeSync(descriptor, bytes, 0, length);
      } catch (error) {
        // The server does not read as fast as we write: the stream knows how to wait for it.
        if ((error as NodeJS.ErrnoException).code !== "EAGAIN") {
          this.destroy(error as Error);
          return;
        }
      }
      if (sent === length) return;
    }
    this.write(Buffer.from(bytes.subarray(sent, length)));
  }
}

/** The `stream` of a client's configuration. Below TLS an ordinary socket is needed. */
export function streamFor(config?: { readonly ssl?: unknown }): Socket {
  return config?.ssl ? new Socket() : new LeanSocket();
}

/** From now on nobody else gets what arrives. The stream's errors and its end stay with their listeners. */
export function takeOver(stream: Duplex, consume: Consume): Send {
  stream.removeAllListeners("data");
  if (stream instanceof LeanSocket) return stream.takeOver(consume);
  stream.on("data", (chunk: Buffer) => {
    consume(chunk, chunk.length);
  });
  return copyingTo(stream);
}

function copyingTo(stream: Duplex): Send {
  return (bytes, length) => {
    stream.write(Buffer.from(bytes.subarray(0, length)));
  };
}
