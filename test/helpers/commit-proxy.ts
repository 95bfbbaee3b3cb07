/**
 * A TCP proxy in front of the tests' server that cuts a connection in the middle of a COMMIT, where
 * its client cannot know the outcome. Of the protocol it understands only where messages begin
 * (PostgreSQL manual, section 54.2) and the simple query whose text starts with "commit".
 */
import { createServer, connect, type AddressInfo, type Socket } from "node:net";
import { inject } from "vitest";
import { Address } from "../../src/server/address.ts";

/**
 * - `reply-lost`: COMMIT is forwarded, and the connection closed in place of the server's reply; it is committed.
 * - `not-forwarded`: the connection is closed in place of forwarding COMMIT; it is rolled back.
 */
export type CommitCut = "reply-lost" | "not-forwarded";

export interface CommitProxy {
  /** The database, by way of the proxy. */
  readonly address: Address;
  /** The next COMMIT of any connection is cut; those after it pass. */
  cutNext(how: CommitCut): void;
  close(): Promise<void>;
}

export async function startCommitProxy(database: string): Promise<CommitProxy> {
  const url = new URL(inject("serverUrl"));
  const target = { host: url.hostname, port: Number(url.port) };
  const sockets = new Set<Socket>();
  let next: CommitCut | null = null;
  const server = createServer((client) => {
    const upstream = connect(target);
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      // Either end may go at any time: that is what this is for.
      socket.on("error", () => undefined);
    }
    const closeBoth = () => {
      client.destroy();
      upstream.destroy();
    };
    client.on("close", closeBoth);
    upstream.on("close", closeBoth);
    let losing = false;
    upstream.on("data", (reply) => {
      if (losing) closeBoth();
      else client.write(reply);
    });
    const forward = (message: Buffer) => {
      const cut = isCommit(message) ? next : null;
      if (cut !== null) next = null;
      if (cut === "not-forwarded") return closeBoth();
      losing = cut === "reply-lost";
      upstream.write(message);
    };
    client.on("data", splitting(forward));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url.port = String((server.address() as AddressInfo).port);
  return {
    address: Address.from(url.href, {}).withDatabase(database),
    cutNext(how) {
      next = how;
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Hands on one message at a time. The first has no type before its length. */
function splitting(onMessage: (message: Buffer) => void): (chunk: Buffer) => void {
  let pending = Buffer.alloc(0);
  let typeBytes = 0;
  return (chunk) => {
    pending = Buffer.concat([pending, chunk]);
    while (pending.length >= typeBytes + 4) {
      const length = typeBytes + pending.readUInt32BE(typeBytes);
      if (pending.length < length) return;
      const message = pending.subarray(0, length);
      pending = pending.subarray(length);
      typeBytes = 1;
      onMessage(message);
    }
  };
}

function isCommit(message: Buffer): boolean {
  return message[0] === "Q".charCodeAt(0) && message.toString("latin1", 5, 11) === "commit";
}
