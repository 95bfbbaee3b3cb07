/** A TCP port on this machine that nobody listens on. */
import { createServer, type AddressInfo } from "node:net";

const host = "127.0.0.1";

/** The preferred port if it is free, else any other. */
export async function freePort(preferred: number | null): Promise<number> {
  if (preferred !== null && (await isFree(preferred))) return preferred;
  return listenOnce(0);
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
