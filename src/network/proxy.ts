/**
 * The proxy itself: listens on the loopback, connects each client to the server behind it, and does
 * to their traffic what the rules in force say.
 */
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import type {
  NetworkConnection,
  NetworkControl,
  NetworkCounts,
  NetworkRule,
  RuleKind,
} from "../faults/ways.ts";
import type { ServerPlace } from "../server/address.ts";
import { Passage } from "./passage.ts";
import { Rules } from "./rules.ts";

export class Proxy implements NetworkControl {
  readonly #behind: ServerPlace;
  readonly #rules = new Rules();
  readonly #passages = new Map<number, Passage>();
  readonly #server: Server;
  #ids = 0;

  private constructor(behind: ServerPlace) {
    this.#behind = behind;
    // Each end is passed on when all has arrived that came before it.
    this.#server = createServer({ allowHalfOpen: true }, (client) => this.#admit(client));
  }

  static async start(behind: ServerPlace): Promise<Proxy> {
    const proxy = new Proxy(behind);
    await new Promise<void>((resolve, reject) => {
      proxy.#server.once("error", reject);
      proxy.#server.listen({ host: "127.0.0.1", port: 0, backlog: backlogMax }, resolve);
    });
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  apply(rule: NetworkRule): Promise<void> {
    this.#rules.apply(rule);
    return Promise.resolve();
  }

  lift(kind: RuleKind): Promise<void> {
    this.#rules.lift(kind);
    for (const passage of this.#passages.values()) passage.hurry();
    return Promise.resolve();
  }

  counts(kind: RuleKind): Promise<NetworkCounts> {
    return Promise.resolve(this.#rules.counts(kind));
  }

  connections(): Promise<readonly NetworkConnection[]> {
    const all = [...this.#passages].map(([id, { applicationName, serverPort, bytesInVain }]) => ({
      id,
      applicationName,
      serverPort,
      bytesInVain,
    }));
    return Promise.resolve(all);
  }

  reset(ids: readonly number[]): Promise<number> {
    return Promise.resolve(this.#each(ids, (passage) => passage.reset()));
  }

  silence(ids: readonly number[]): Promise<number> {
    return Promise.resolve(this.#each(ids, (passage) => passage.silence()));
  }

  /** Whoever is still connected is cut off. */
  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    for (const passage of this.#passages.values()) passage.reset();
    await closed;
  }

  #each(ids: readonly number[], act: (passage: Passage) => void): number {
    const found = ids.flatMap((id) => this.#passages.get(id) ?? []);
    for (const passage of found) act(passage);
    return found.length;
  }

  #admit(client: Socket): void {
    const id = this.#ids++;
    const onClose = () => this.#passages.delete(id);
    const server = connectTo(this.#behind);
    this.#passages.set(id, new Passage(client, server, { rules: this.#rules, onClose }));
  }
}

/** All sessions may come at once. */
const backlogMax = 1024;

function connectTo(behind: ServerPlace): Socket {
  if ("socketPath" in behind) return connect({ path: behind.socketPath, allowHalfOpen: true });
  return connect({ ...behind, allowHalfOpen: true, keepAlive: true });
}
