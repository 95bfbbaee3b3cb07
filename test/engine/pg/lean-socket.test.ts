import { writeSync } from "node:fs";
import { type AddressInfo, createServer, type Server, Socket } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Send, streamFor, takeOver } from "../../../src/engine/pg/lean-socket.ts";

let server: Server;
let socket: Socket;
/** The server's end. */
let peer: Socket;

beforeEach(async () => {
  server = createServer({ pauseOnConnect: true });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const accepted = new Promise<Socket>((resolve) => server.once("connection", resolve));
  socket = streamFor();
  socket.connect((server.address() as AddressInfo).port, "127.0.0.1");
  peer = await accepted;
});

afterEach(async () => {
  socket.destroy();
  peer.destroy();
  await new Promise((resolve) => server.close(resolve));
});

function connected(): Promise<void> {
  return new Promise((resolve) => {
    if (socket.connecting) socket.once("connect", resolve);
    else resolve();
  });
}

/** The next so many bytes that arrive at the server. */
async function received(count: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of peer.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes >= count) break;
  }
  return Buffer.concat(chunks);
}

/** Sends, and overwrites what was sent, as the next message does. */
function sendOnce(send: Send, text: string): void {
  const bytes = Buffer.from(text);
  send(bytes, bytes.length);
  bytes.fill("!");
}

const megabytes = 20 * 1_048_576;

describe("a lean socket", () => {
  it("gives the driver what it received, to keep, until it is taken over", async () => {
    const chunks: Buffer[] = [];
    socket.on("data", (chunk: Buffer) => chunks.push(chunk));
    await connected();
    const first = new Promise((resolve) => socket.once("data", resolve));
    peer.write("first");
    await first;
    const second = new Promise<string>((resolve) => {
      takeOver(socket, (bytes, length) => resolve(bytes.toString("utf8", 0, length)));
    });
    peer.write("second");
    expect(await second).toBe("second");
    expect(Buffer.concat(chunks).toString()).toBe("first");
  });

  it("sends in order what the other end takes late", async () => {
    await connected();
    const send = takeOver(socket, () => undefined);
    const texts = ["a".repeat(megabytes), "b", "c".repeat(megabytes), "d"];
    for (const text of texts) sendOnce(send, text);
    expect(socket.writableLength).toBeGreaterThan(0);
    const expected = Buffer.from(texts.join(""));
    expect((await received(expected.length)).equals(expected)).toBe(true);
    sendOnce(send, "later");
    expect((await received(5)).toString()).toBe("later");
  });

  it("waits where not a byte can be sent", async () => {
    await connected();
    const send = takeOver(socket, () => undefined);
    const { fd } = (socket as unknown as { _handle: { fd: number } })._handle;
    let filled = 0;
    const fill = () => {
      for (;;) filled += writeSync(fd, Buffer.alloc(65_536, "x"));
    };
    expect(fill).toThrow("EAGAIN");
    sendOnce(send, "at last");
    const bytes = await received(filled + 7);
    expect(bytes.toString("latin1", filled)).toBe("at last");
  });

  it("tells of what went wrong by an event, and not where it is sent", async () => {
    await connected();
    const send = takeOver(socket, () => undefined);
    const closed = new Promise((resolve) => socket.once("close", resolve));
    const failed = new Promise<NodeJS.ErrnoException>((resolve) => socket.once("error", resolve));
    peer.resetAndDestroy();
    // Nothing has been read meanwhile: it is the sending that fails, and what follows is dropped.
    for (let times = 0; times < 3; times++) sendOnce(send, "x");
    await closed;
    expect(["EPIPE", "ECONNRESET"]).toContain((await failed).code);
    expect(() => sendOnce(send, "x")).not.toThrow();
  });

  it("is an ordinary one below TLS, which takes it over by its events", async () => {
    const ordinary = streamFor({ ssl: { rejectUnauthorized: false } });
    expect(ordinary.constructor).toBe(Socket);
    const found = new Promise<string>((resolve) => {
      takeOver(ordinary, (bytes, length) => resolve(bytes.toString("utf8", 0, length)));
    });
    ordinary.emit("data", Buffer.from("decrypted"));
    expect(await found).toBe("decrypted");
  });
});
