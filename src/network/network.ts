/** Starts the proxy in a thread of its own, and hands on what a fault wants it to do. */
import { once } from "node:events";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import type { NetworkControl } from "../faults/ways.ts";
import type { ServerPlace } from "../server/address.ts";
import { packageRoot } from "../server/package-root.ts";
import type { CallMessage, CallName, ThreadMessage } from "./thread-messages.ts";

interface Pending {
  readonly resolve: (value: never) => void;
  readonly reject: (error: Error) => void;
}

export class Network implements NetworkControl {
  /** Of the proxy, on the loopback. */
  readonly port: number;
  readonly #thread: ProxyThread;

  private constructor(thread: ProxyThread, port: number) {
    this.#thread = thread;
    this.port = port;
  }

  /** Rejects if the thread cannot run. It ends with this process, however that ends. */
  static async start(behind: ServerPlace): Promise<Network> {
    const thread = new ProxyThread(behind);
    return new Network(thread, await thread.port);
  }

  apply(rule: Parameters<NetworkControl["apply"]>[0]) {
    return this.#thread.call("apply", rule);
  }

  lift(kind: Parameters<NetworkControl["lift"]>[0]) {
    return this.#thread.call("lift", kind);
  }

  counts(kind: Parameters<NetworkControl["counts"]>[0]) {
    return this.#thread.call("counts", kind);
  }

  connections() {
    return this.#thread.call("connections", null);
  }

  reset(ids: readonly number[]) {
    return this.#thread.call("reset", ids);
  }

  silence(ids: readonly number[]) {
    return this.#thread.call("silence", ids);
  }

  /** Cuts off whoever is still connected. */
  close(): Promise<void> {
    return this.#thread.close();
  }
}

/** Longer than a thread takes to close hundreds of sockets. */
const closingMsMax = 5_000;

class ProxyThread {
  readonly port: Promise<number>;
  readonly #worker: Worker;
  readonly #pending = new Map<number, Pending>();
  #calls = 0;
  #failure: Error | null = null;

  constructor(behind: ServerPlace) {
    const entry = join(packageRoot(), "dist", "network-thread.js");
    this.#worker = new Worker(entry, { workerData: behind });
    this.port = new Promise((resolve, reject) => {
      this.#pending.set(this.#calls++, { resolve, reject });
    });
    this.#worker.on("message", (message: ThreadMessage) => {
      if ("port" in message) this.#answered(0, message.port);
      else this.#answered(message.id, message.value);
    });
    this.#worker.once("error", (cause) => this.#fail(cause));
    this.#worker.once("exit", (code) => this.#fail(new Error(`it ended with code ${code}`)));
  }

  call<Name extends CallName>(name: Name, argument: unknown): ReturnType<NetworkControl[Name]> {
    const answer = new Promise((resolve, reject) => {
      if (this.#failure !== null) throw this.#failure;
      const id = this.#calls++;
      this.#pending.set(id, { resolve, reject });
      this.#worker.postMessage({ id, name, argument } satisfies CallMessage);
    });
    // What the proxy answers to a call is what the call gives.
    return answer as ReturnType<NetworkControl[Name]>;
  }

  /**
   * It ends by itself once its sockets are closed. To terminate it in the middle of its traffic was
   * seen to hang (Node 20): that is for a thread that does not answer any more, and not waited for.
   */
  async close(): Promise<void> {
    if (this.#failure !== null) return;
    const patience = new AbortController();
    const late = wait(closingMsMax, undefined, { signal: patience.signal }).catch(() => undefined);
    const message: CallMessage = { id: this.#calls++, name: "close", argument: null };
    this.#worker.postMessage(message);
    // An error ends it, too.
    await Promise.race([once(this.#worker, "exit").catch(() => undefined), late]);
    patience.abort();
    void this.#worker.terminate();
    this.#worker.unref();
  }

  #answered(id: number, value: unknown): void {
    this.#pending.get(id)?.resolve(value as never);
    this.#pending.delete(id);
  }

  #fail(cause: Error): void {
    this.#failure ??= new Error(`the proxy of the sessions failed: ${cause.message}`, { cause });
    for (const { reject } of this.#pending.values()) reject(this.#failure);
    this.#pending.clear();
  }
}
