/** Serves a run's metrics to a scraper on this machine, while the run goes on. */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { hostProblem } from "../core/loopback.ts";
import { prometheusContentType } from "./prometheus.ts";

/** Nothing here is secret, and nothing here is for others: whoever scrapes from afar has an agent here. */
const host = "127.0.0.1";

export class MetricsServer {
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  /** Port 0: any that is free. Rejects with the system's error if the port cannot be had. */
  static async listen(port: number, text: () => Promise<string>): Promise<MetricsServer> {
    const server = createServer((request, response) => {
      const problem = hostProblem(request.headers.host, portOf(server));
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
    return new MetricsServer(server);
  }

  get url(): string {
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
