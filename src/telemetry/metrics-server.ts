/** Serves a run's metrics to a scraper while the run goes on. */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { hostProblem } from "../core/loopback.ts";
import { prometheusContentType } from "./prometheus.ts";

/** At which nobody but this machine is served. */
const loopbacks = ["127.0.0.1", "localhost"];

export class MetricsServer {
  readonly #server: Server;
  readonly #host: string;

  private constructor(server: Server, host: string) {
    this.#server = server;
    this.#host = host;
  }

  /**
   * Port 0: any that is free. At an address of the loopback it answers for that name alone; at
   * another one for whichever names lead there. Rejects with the system's error if it cannot be had.
   */
  static async listen(
    { host, port }: { readonly host: string; readonly port: number },
    text: () => Promise<string>,
  ): Promise<MetricsServer> {
    const isLocal = loopbacks.includes(host);
    const server = createServer((request, response) => {
      const problem = isLocal ? hostProblem(request.headers.host, portOf(server)) : null;
      if (problem !== null) {
        response.writeHead(403).end(`${problem}\n`);
        return;
      }
      if (request.method !== "GET" || request.url !== "/metrics") {
        response.writeHead(404).end("expected GET /metrics\n");
        return;
      }
      text().then(
        (body) => response.writeHead(200, { "content-type": prometheusContentType }).end(body),
        (error: unknown) => response.writeHead(500).end(`${String(error)}\n`),
      );
    });
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(port, host, () => {
        server.off("error", reject);
        resolve();
      });
    });
    return new MetricsServer(server, host);
  }

  get url(): string {
    const host = this.#host.includes(":") ? `[${this.#host}]` : this.#host;
    return `http://${host}:${portOf(this.#server)}/metrics`;
  }

  /** Also ends scrapes that are under way. */
  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
  }
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}
