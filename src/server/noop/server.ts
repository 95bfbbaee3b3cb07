/** The no-op server: it accepts every client and answers every statement, with nothing. */
import { type AddressInfo, createServer, type Socket } from "node:net";
import { NoopSession } from "./protocol.ts";

export interface NoopServer {
  /** On 127.0.0.1. */
  readonly port: number;
  /** Drops whoever is still connected. */
  close(): Promise<void>;
}

/** A thousand sessions, and what prepares and observes beside them. All may come at once. */
const connectionsMax = 1_100;

export async function startNoopServer(): Promise<NoopServer> {
  const sockets = new Set<Socket>();
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
    serve(socket);
  });
  server.maxConnections = connectionsMax;
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen({ port: 0, host: "127.0.0.1", backlog: connectionsMax }, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function serve(socket: Socket): void {
  const session = new NoopSession(process.pid);
  // A client may go at any time; its connection closes with it.
  socket.on("error", () => undefined);
  socket.on("data", (chunk: Buffer) => {
    // What comes behind the end is read all the same: to close on unread bytes would be a reset,
    // which takes the last answer with it.
    if (socket.writableEnded) return;
    const answer = session.receive(chunk);
    if (session.isOver) {
      socket.end(answer);
    } else if (answer.length > 0 && !socket.write(answer)) {
      // Who does not read his answers is not read either.
      socket.pause();
      socket.once("drain", () => socket.resume());
    }
  });
}
