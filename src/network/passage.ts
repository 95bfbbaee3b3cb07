/**
 * One connection through the proxy: its two sockets, the flow in each direction, and what happens
 * to it where a rule strikes a message.
 */
import type { Socket } from "node:net";
import { Conversation } from "./conversation.ts";
import { Flow } from "./flow.ts";
import type { Rules } from "./rules.ts";

export class Passage {
  readonly #client: Socket;
  readonly #server: Socket;
  readonly #rules: Rules;
  readonly #onClose: () => void;
  readonly #conversation = new Conversation();
  readonly #toServer: Flow;
  readonly #toClient: Flow;
  /** The server's word on the COMMIT under way is not to arrive. */
  #losesReply = false;
  #isSilent = false;
  #isOver = false;
  #bytesInVain = 0;

  /** @param server is about to be connected. */
  constructor(
    client: Socket,
    server: Socket,
    { rules, onClose }: { rules: Rules; onClose: () => void },
  ) {
    this.#client = client;
    this.#server = server;
    this.#rules = rules;
    this.#onClose = onClose;
    this.#toServer = new Flow({ from: client, to: server }, "to-server", rules);
    this.#toClient = new Flow({ from: server, to: client }, "to-client", rules);
    // What waits to be written together would wait for more than the network.
    for (const socket of [client, server]) socket.setNoDelay(true);
    client.on("data", (chunk: Buffer) => this.#fromClient(chunk));
    server.on("data", (chunk: Buffer) => this.#fromServer(chunk));
    this.#pairEnds(client, server, this.#toServer);
    this.#pairEnds(server, client, this.#toClient);
  }

  get applicationName(): string {
    return this.#conversation.applicationName;
  }

  get serverPort(): number | null {
    return this.#server.localPort ?? null;
  }

  get bytesInVain(): number {
    return this.#bytesInVain;
  }

  /** What waits for its time passes now. */
  hurry(): void {
    this.#toServer.hurry();
    this.#toClient.hurry();
  }

  /** What is sent goes nowhere from now on, the ends of the connection included. */
  silence(): void {
    this.#isSilent = true;
    this.#toServer.drop();
    this.#toClient.drop();
  }

  /** RST at both sides. */
  reset(): void {
    abort(this.#server);
    this.#close();
  }

  #fromClient(chunk: Buffer): void {
    if (this.#isSilent) {
      this.#bytesInVain += chunk.length;
      return;
    }
    let from = 0;
    let extraMs = 0;
    for (const { at, what } of this.#conversation.fromClient(chunk)) {
      if (what === "commit") {
        this.#losesReply = this.#rules.strikes("commit-reply-lost", this.applicationName);
        const delayMs = this.#rules.commitDelayMs;
        if (delayMs === 0) continue;
        this.#toServer.pass(chunk.subarray(from, at), extraMs);
        this.#rules.hit("commit-delay", delayMs);
        from = at;
        extraMs = delayMs;
      } else if (this.#rules.strikes("parse-cut", this.applicationName)) {
        this.#toServer.pass(chunk.subarray(from, at), extraMs);
        this.#cutAfterParse();
        return;
      }
    }
    this.#toServer.pass(from === 0 ? chunk : chunk.subarray(from), extraMs);
  }

  #fromServer(chunk: Buffer): void {
    if (this.#isSilent) {
      this.#bytesInVain += chunk.length;
      return;
    }
    for (const { what } of this.#conversation.fromServer(chunk)) {
      if (!this.#losesReply) continue;
      if (what === "committed") {
        this.#rules.hit("commit-reply-lost", 0);
        this.reset();
        return;
      }
      // It was refused: that the client is to know.
      this.#losesReply = false;
    }
    this.#toClient.pass(chunk);
  }

  /** The server gets all up to there, and then the end; RST might take from it what it has not read yet. */
  #cutAfterParse(): void {
    this.#isSilent = true;
    this.#toServer.afterAll(() => {
      this.#rules.hit("parse-cut", 0);
      this.#server.end();
      this.#close();
    });
  }

  /** What ends at one side ends at the other, once all has arrived that came before. */
  #pairEnds(one: Socket, other: Socket, flow: Flow): void {
    one.on("end", () => {
      if (!this.#isSilent) flow.afterAll(() => other.end());
    });
    // Either may go at any time: the other one is told by `close`.
    one.on("error", () => {
      if (!this.#isSilent) abort(other);
    });
    one.on("close", () => {
      if (this.#isSilent || this.#isOver) return;
      flow.afterAll(() => {
        other.end();
        this.#isOver = true;
        this.#onClose();
      });
    });
  }

  #close(): void {
    this.#isSilent = true;
    this.#isOver = true;
    this.#toServer.drop();
    this.#toClient.drop();
    abort(this.#client);
    // Its end may still be on its way.
    if (!this.#server.destroyed && !this.#server.writableEnded) abort(this.#server);
    this.#onClose();
  }
}

/** With RST where that is possible: not on a Unix socket. */
function abort(socket: Socket): void {
  if (socket.destroyed) return;
  if (socket.remoteAddress === undefined) socket.destroy();
  else socket.resetAndDestroy();
}
