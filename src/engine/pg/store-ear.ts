/**
 * Hears the server's notifications, by which stores drop what is out of date (manual, NOTIFY: they
 * come once the transaction has committed, and only to whoever listens by then). While the connection
 * is gone some may be missed: until there is another one, its stores hold nothing.
 */
import { setTimeout as wait } from "node:timers/promises";
import pg from "pg";
import type { Store } from "../../core/step.ts";
import type { Address } from "../../server/address.ts";
import { Connection } from "../../server/connection.ts";
import type { Stores } from "../stores.ts";

/** Beside sessions, and none of them. */
const applicationName = "loadgen/listener";

const retryMs = 100;

interface Heard extends Store {
  readonly channel: string;
}

export class StoreEar {
  readonly #address: Address;
  readonly #stores: Stores;
  readonly #heard: readonly Heard[];
  readonly #closing = new AbortController();
  #connection: Connection | null = null;
  /** Being opened, or opened anew: one at a time. */
  #opening: Promise<void> = Promise.resolve();

  /** @param known of the scenario; those without a channel nobody tells of changes. */
  constructor(address: Address, stores: Stores, known: readonly Store[]) {
    this.#address = address;
    this.#stores = stores;
    this.#heard = known.filter((store): store is Heard => store.channel !== null);
  }

  /** Rejects with a ServerError. */
  open(): Promise<void> {
    if (this.#heard.length === 0) return Promise.resolve();
    const opening = this.#listen();
    this.#opening = opening.catch(() => undefined);
    return opening;
  }

  /** What is being opened is closed, too, by when this resolves. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.#opening;
    await this.#connection?.close();
  }

  /** Leaves no connection behind if it fails, or if it was closed meanwhile. */
  async #listen(): Promise<void> {
    const connection = await Connection.open(this.#address, applicationName);
    const { client } = connection;
    const over = new Promise((resolve) => client.once("end", resolve));
    client.on("notification", ({ channel, payload }) => {
      for (const store of this.#heard) {
        if (store.channel === channel) this.#stores.told(store, payload ?? "");
      }
    });
    try {
      for (const channel of new Set(this.#heard.map((store) => store.channel))) {
        await connection.query(`listen ${pg.escapeIdentifier(channel)}`);
      }
    } catch (failure) {
      await connection.close();
      throw failure;
    }
    this.#connection = connection;
    for (const store of this.#heard) this.#stores.undeafen(store);
    // Only from here on: until now its end was a failure of whoever opened it.
    void over.then(() => {
      if (!this.#closing.signal.aborted) this.#opening = this.#openAnew();
    });
  }

  async #openAnew(): Promise<void> {
    for (const store of this.#heard) this.#stores.deafen(store);
    const { signal } = this.#closing;
    while (!signal.aborted) {
      try {
        await this.#listen();
        return;
      } catch {
        // As long as the server is gone there is nothing to hear, and nothing is remembered.
        await wait(retryMs, undefined, { signal }).catch(() => undefined);
      }
    }
  }
}
