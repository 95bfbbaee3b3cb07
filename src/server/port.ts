/** A TCP port on this machine that nobody listens on. */
import { createServer, type AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { ServerError } from "./connection.ts";

const host = "127.0.0.1";

/** The preferred port if it is free, else any other. */
export async function freePort(preferred: number | null): Promise<number> {
  if (preferred !== null && (await isFree(preferred))) return preferred;
  return listenOnce(0);
}

/** How a server comes by its port, from the one that it had before: null if it had none. */
export type PortChoice = (last: number | null) => Promise<number>;

const portMsMax = 10_000;
const portPollMs = 50;

/**
 * The port that a server had before and no other, for those who know it by its port. A client that
 * tries to reconnect may hold it for a moment: a connection on this machine may be given the very
 * port that it asks for as its own.
 * @param msMax how long it may be held. Throws ServerError after that.
 */
export async function samePort(last: number | null, msMax = portMsMax): Promise<number> {
  if (last === null) return freePort(null);
  const endMs = performance.now() + msMax;
  while (!(await isFree(last))) {
    if (performance.now() > endMs) {
      throw new ServerError(
        `the port ${last} of the embedded server was taken while it was down: end whoever listens on it`,
        "",
      );
    }
    await sleep(portPollMs);
  }
  return last;
}

export async function isFree(port: number): Promise<boolean> {
  return listenOnce(port).then(
    () => true,
    // EADDRINUSE, or EACCES on a privileged port: no use either way.
    () => false,
  );
}

/** Listens on the port (0: any), stops, and returns its number. */
async function listenOnce(port: number): Promise<number> {
  return new Promise((done, fail) => {
    const server = createServer();
    server.once("error", fail);
    server.listen({ port, host, exclusive: true }, () => {
      const bound = (server.address() as AddressInfo).port;
      server.close(() => done(bound));
    });
  });
}
