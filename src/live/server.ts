/**
 * Serves the page of a run to browsers on this machine while the run goes on. It shares its thread
 * with the generator, so an event is put into words once and written to whoever is there; who does
 * not keep up is dropped, and catches up when its browser asks again.
 */
import { randomBytes } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import type { LiveEvent } from "../report/page/live-event.ts";
import { EventLog } from "./event-log.ts";
import { answerTo } from "./requests.ts";

const host = "127.0.0.1";

/** More tabs of one run nobody looks at. */
const listenersMax = 32;
/** Their connections, and as many that load the page. */
const connectionsMax = 2 * listenersMax;

/** What waits to be read by one browser. All that a long run has told is less than half of it. */
const unreadBytesMax = 4 * 1024 * 1024;

/** So that a browser, or what stands between, does not take a quiet phase for the end. */
const heartbeatMs = 10_000;

/** A connection on which nothing moves for so long is of no use to anybody. */
const idleMs = 6 * heartbeatMs;

/** After which a browser asks again. */
const retryMs = 1000;

/** For browsers that hear the end; whoever is slower finds the report in the run's folder. */
const farewellMs = 2000;

export class LiveServer {
  /** Of this run alone. */
  readonly token = randomBytes(8).toString("hex");
  readonly #server: Server;
  readonly #log = new EventLog();
  readonly #listening = new Set<ServerResponse>();
  readonly #heartbeat: NodeJS.Timeout;
  #page: string | null = null;

  private constructor(server: Server) {
    this.#server = server;
    server.on("request", (request: IncomingMessage, response: ServerResponse) =>
      this.#answer(request, response),
    );
    this.#heartbeat = setInterval(() => this.#send(":\n\n"), heartbeatMs);
  }

  /**
   * @param port 0: any free one.
   * Rejects as Node does where the port cannot be had: `EADDRINUSE`, `EACCES`.
   */
  static async open(port: number): Promise<LiveServer> {
    const server = createServer();
    server.maxConnections = connectionsMax;
    server.timeout = idleMs;
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(port, host, resolve);
    });
    return new LiveServer(server);
  }

  get url(): string {
    return `http://${host}:${this.#port}/`;
  }

  get #port(): number {
    const address = this.#server.address();
    return address === null || typeof address === "string" ? 0 : address.port;
  }

  /** From now on there is a page. */
  serve(page: string): void {
    this.#page = page;
  }

  tell(event: LiveEvent): void {
    this.#send(this.#log.add(event));
  }

  /** Tells how it ended, waits for browsers to have heard it, though not for long, and closes. */
  async end(event: LiveEvent): Promise<void> {
    clearInterval(this.#heartbeat);
    this.tell(event);
    const heard = [...this.#listening].map(
      (response) => new Promise((resolve) => response.once("close", resolve)),
    );
    for (const response of this.#listening) response.end();
    const farewell = new AbortController();
    const patience = sleep(farewellMs, undefined, { signal: farewell.signal }).catch(
      // Cut short, since all have heard it.
      () => undefined,
    );
    await Promise.race([Promise.all(heard), patience]);
    farewell.abort();
    await this.close();
  }

  /** At once. */
  async close(): Promise<void> {
    clearInterval(this.#heartbeat);
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    for (const [name, value] of Object.entries(securityHeaders)) response.setHeader(name, value);
    const answer = answerTo(request, { port: this.#port, token: this.token });
    if (answer.kind === "refused") refuse(response, answer.status, answer.text);
    else if (this.#page === null) refuse(response, 503, "not yet");
    else if (answer.kind === "page") {
      response.setHeader("Content-Type", "text/html; charset=utf-8").end(this.#page);
    } else this.#listen(response, answer.after);
  }

  #listen(response: ServerResponse, after: number): void {
    if (this.#listening.size >= listenersMax) {
      refuse(response, 503, `expected at most ${listenersMax} pages`);
      return;
    }
    this.#listening.add(response);
    response.once("close", () => this.#listening.delete(response));
    response.writeHead(200, { "Content-Type": "text/event-stream", Connection: "close" });
    response.write(`retry: ${retryMs}\n\n${this.#log.after(after)}`);
  }

  #send(text: string): void {
    for (const response of this.#listening) {
      if (response.writableLength > unreadBytesMax) response.destroy();
      else response.write(text);
    }
  }
}

/** Nothing is kept, framed, or read by pages of other sites: there is no header that lets them. */
const securityHeaders = {
  "Cache-Control": "no-store",
  "Content-Security-Policy": "frame-ancestors 'none'",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Referrer-Policy": "no-referrer",
  "X-Content-Type-Options": "nosniff",
};

function refuse(response: ServerResponse, status: number, text: string): void {
  if (status === 405) response.setHeader("Allow", "GET");
  response.writeHead(status, { "Content-Type": "text/plain; charset=utf-8" });
  response.end(text === "" ? undefined : `${text}\n`);
}
